"""The audit of pairs of texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rnnkit.audit.audit import Audit
from rnnkit.audit.duplicates import Content, repeated_rows, shared_rows
from rnnkit.audit.finding import Finding, ordered
from rnnkit.audit.lengths import length_facts
from rnnkit.audit.pairs import dropped_pairs, misaligned_pairs, untranslated_pairs
from rnnkit.audit.size import size_findings
from rnnkit.audit.vocabulary import Vocabulary, coverage, vocabulary_findings
from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.tasks.audits import (
    gathered,
    text_contents,
    vocabulary_of,
)
from rnnkit.tasks.prepared import Prepared, Source
from rnnkit.tasks.seq2seq.data import PairCodec, PairPart
from rnnkit.tasks.seq2seq.sections import Seq2SeqData

BOUNDS = "data.source.max_length and data.target.max_length"


def audit(section: Seq2SeqData, data: Prepared[PairCodec, PairPart], parameters: int) -> Audit:
    """The findings and facts about pairs.

    Args:
        section: The `data:` section.
        data: The prepared data.
        parameters: The model's number of parameters, embeddings aside.
    """
    parts = dict(data.parts)
    train, pairs = parts["train"], parts["train"].pairs
    predicted = int(train.targets.lengths.sum()) - len(train)
    vocabularies = source_words, target_words = _vocabularies(section, data.codec)
    source_ids = {name: part.sources.flat for name, part in parts.items()}
    target_ids = {name: part.targets.flat for name, part in parts.items()}
    findings = [
        *_row_findings(parts),
        untranslated_pairs(pairs.sources, pairs.targets, pairs.place),
        misaligned_pairs(train.sources.lengths, train.targets.lengths - len(ENDS), pairs.place),
        vocabulary_findings(source_ids, source_words),
        vocabulary_findings(target_ids, target_words),
        *_length_findings(section, data.source),
        size_findings(parts, (predicted, "tokens to predict"), parameters, "pairs"),
    ]
    lengths = {}
    for name, part in parts.items():
        if name == "test":
            continue
        lengths[f"{name} sources"] = part.sources.lengths
        lengths[f"{name} targets"] = part.targets.lengths - len(ENDS)
    return Audit(ordered(gathered(*findings)), _facts(parts, *vocabularies), "tokens", lengths)


def _row_findings(parts: Mapping[str, PairPart]) -> list[Iterator[Finding]]:
    """The findings about repeated pairs, and about held-out sources that are also in training."""
    places = {name: part.pairs.place for name, part in parts.items()}
    sources = {name: part.pairs.sources for name, part in parts.items()}
    by_source = text_contents(sources, places, "sources")
    train = parts["train"].pairs
    both = list(zip(train.sources, train.targets, strict=True))
    words = by_source["train"].words
    whole = Content(both, both, train.place, "pairs", words)
    return [shared_rows(by_source), repeated_rows("train", whole)]


def _vocabularies(section: Seq2SeqData, codec: PairCodec) -> tuple[Vocabulary, Vocabulary]:
    """The vocabularies of the sources and of the targets."""
    return (
        vocabulary_of(codec.source, section.source.tokenizer, "data.source.tokenizer"),
        vocabulary_of(codec.target, section.target.tokenizer, "data.target.tokenizer"),
    )


def _length_findings(section: Seq2SeqData, source: Source) -> Iterator[Iterator[Finding]]:
    """The finding about training pairs that the config drops for their length."""
    if section.source.max_length is None and section.target.max_length is None:
        return
    raw = section.dataset.sample() if source.sample else section.dataset.load()
    pairs = raw.parts["train"]
    kept = sum(
        all(
            side.max_length is None or side.length(text) <= side.max_length
            for side, text in ((section.source, source), (section.target, target))
        )
        for source, target in zip(pairs.sources, pairs.targets, strict=True)
    )
    yield dropped_pairs(len(pairs), kept, BOUNDS)


def _facts(
    parts: Mapping[str, PairPart], source: Vocabulary, target: Vocabulary
) -> dict[str, dict[str, str | int | float]]:
    facts: dict[str, dict[str, str | int | float]] = {}
    for name, part in parts.items():
        facts[name] = {"pairs": len(part)}
        for side, texts, ends, words in (
            ("source", part.sources, 0, source),
            ("target", part.targets, len(ENDS), target),
        ):
            length = length_facts(texts.lengths - ends)
            facts[name] |= {f"{side} {fact}": value for fact, value in length.items()}
            facts[name][f"{side} known"] = round(coverage(texts.flat, words), 4)
    return facts
