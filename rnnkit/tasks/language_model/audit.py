"""What an audit looks at in a running text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnkit.audit.audit import Audit
from rnnkit.audit.duplicates import LONG, Content, repeated_rows, shared_rows
from rnnkit.audit.finding import Place, ordered
from rnnkit.audit.passages import shared_passages
from rnnkit.audit.size import size_findings
from rnnkit.audit.vocabulary import (
    coverage,
    vocabulary_findings,
)
from rnnkit.tasks.audits import (
    gathered,
    text_contents,
    vocabulary_of,
)
from rnnkit.tasks.language_model.data import LanguageCodec, LanguagePart, read_parts
from rnnkit.tasks.language_model.sections import LanguageModelData
from rnnkit.tasks.prepared import Prepared, Source

FEW_LINES = 20  # of a text that is not in lines, whose passages are compared
PASSAGE = (20, 100)  # tokens; characters
MOST_CHARACTERS = 20_000_000  # of a part whose lines are compared


def audit(
    section: LanguageModelData, data: Prepared[LanguageCodec, LanguagePart], parameters: int
) -> Audit:
    """The audit of a text.

    Args:
        section: Its `data:` section.
        data: Prepared.
        parameters: Of the model, besides embeddings.
    """
    parts, tokenizer = dict(data.parts), data.codec.tokenizer
    vocabulary = vocabulary_of(tokenizer, section.tokenizer, "data.tokenizer")
    ids = {part: own.counted for part, own in parts.items()}
    looks = [
        vocabulary_findings(ids, vocabulary),
        size_findings(parts, (len(parts["train"]), "tokens to predict"), parameters),
    ]
    lines, sampled = _lines(section, data.source), list[str]()
    if lines:
        contents = _contents(lines)
        looks += [
            shared_rows(contents),
            repeated_rows("train", contents["train"]),
        ]
        if len(contents["train"]) < FEW_LINES:
            length = PASSAGE[section.tokenizer.unit == "characters"]
            looks += [
                shared_passages(ids["train"], ids[part], part, length)
                for part in parts
                if part != "train"
            ]
    else:
        sampled.append("lines of a text that is larger than memory are not compared")
    facts: dict[str, dict[str, str | int | float]] = {
        part: {
            "tokens": len(own.token_ids),
            "read as": own.layout(data.batch_size),
            "known": round(coverage(ids[part], vocabulary), 4),
        }
        for part, own in parts.items()
    }
    lengths = {
        part: np.array([len(line.split()) for line in each if line.strip()] or [0])
        for part, each in lines.items()
    }
    return Audit(ordered(gathered(*looks)), facts, "words", lengths, sampled=sampled)


def _lines(section: LanguageModelData, source: Source) -> dict[str, list[str]]:
    """The lines of each part; none of a text that is not in memory at once."""
    lines = {}
    for part, text in read_parts(section, source).items():
        if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
            return {}
        lines[part] = text.splitlines()
    return lines


def _contents(lines: Mapping[str, list[str]]) -> dict[str, Content]:
    """What is compared of each part: its lines that are not short."""
    kept = {
        part: [number for number, line in enumerate(each) if line.count(" ") + 1 >= LONG]
        for part, each in lines.items()
    }
    texts = {part: [lines[part][number] for number in each] for part, each in kept.items()}
    return text_contents(texts, {part: _place(part, each) for part, each in kept.items()}, "lines")


def _place(part: str, numbers: list[int]) -> Place:
    return lambda index: f"line {numbers[index] + 1} of {part}"
