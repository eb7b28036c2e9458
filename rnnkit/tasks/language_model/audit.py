"""The audit of a running text before training."""

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

FEW_LINES = 20  # a text with fewer is compared by passages, too
PASSAGE = (20, 100)  # the length of a passage in tokens; in characters
MOST_CHARACTERS = 20_000_000  # in a part whose lines are compared


def audit(
    section: LanguageModelData, data: Prepared[LanguageCodec, LanguagePart], parameters: int
) -> Audit:
    """The audit of a text.

    Args:
        section: The `data:` section.
        data: The prepared data.
        parameters: The model's number of parameters, embeddings aside.
    """
    parts, tokenizer = dict(data.parts), data.codec.tokenizer
    vocabulary = vocabulary_of(tokenizer, section.tokenizer, "data.tokenizer")
    ids = {name: part.counted for name, part in parts.items()}
    findings = [
        vocabulary_findings(ids, vocabulary),
        size_findings(parts, (len(parts["train"]), "tokens to predict"), parameters),
    ]
    lines, sampled = _lines(section, data.source), list[str]()
    if lines:
        contents = _contents(lines)
        findings += [
            shared_rows(contents),
            repeated_rows("train", contents["train"]),
        ]
        if len(contents["train"]) < FEW_LINES:
            length = PASSAGE[section.tokenizer.unit == "characters"]
            findings += [
                shared_passages(ids["train"], ids[name], name, length)
                for name in parts
                if name != "train"
            ]
    else:
        sampled.append("lines of a text that is larger than memory are not compared")
    facts: dict[str, dict[str, str | int | float]] = {
        name: {
            "tokens": len(part.token_ids),
            "read as": part.layout(data.batch_size),
            "known": round(coverage(ids[name], vocabulary), 4),
        }
        for name, part in parts.items()
    }
    lengths = {
        name: np.array([len(line.split()) for line in part_lines if line.strip()] or [0])
        for name, part_lines in lines.items()
    }
    return Audit(ordered(gathered(*findings)), facts, "words", lengths, sampled=sampled)


def _lines(section: LanguageModelData, source: Source) -> dict[str, list[str]]:
    """The lines of each part; empty if a text is too large to hold in memory."""
    lines = {}
    for part, text in read_parts(section, source).items():
        if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
            return {}
        lines[part] = text.splitlines()
    return lines


def _contents(lines: Mapping[str, list[str]]) -> dict[str, Content]:
    """The content of each part that is compared: its lines, without short ones."""
    kept = {
        part: [number for number, line in enumerate(each) if line.count(" ") + 1 >= LONG]
        for part, each in lines.items()
    }
    texts = {part: [lines[part][number] for number in each] for part, each in kept.items()}
    return text_contents(texts, {part: _place(part, each) for part, each in kept.items()}, "lines")


def _place(part: str, numbers: list[int]) -> Place:
    return lambda index: f"line {numbers[index] + 1} of {part}"
