"""What an audit looks at in pairs of texts."""

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
    """The audit of pairs.

    Args:
        section: Its `data:` section.
        data: Prepared.
        parameters: The parameters of the model, besides embeddings.
    """
    parts = dict(data.parts)
    train, pairs = parts["train"], parts["train"].pairs
    asked = int(train.targets.lengths.sum()) - len(train)
    words = _vocabularies(section, data.codec)
    looks = [
        *_of_rows(parts),
        untranslated_pairs(pairs.sources, pairs.targets, pairs.place),
        misaligned_pairs(train.sources.lengths, train.targets.lengths - len(ENDS), pairs.place),
        vocabulary_findings({part: own.sources.flat for part, own in parts.items()}, words[0]),
        vocabulary_findings({part: own.targets.flat for part, own in parts.items()}, words[1]),
        *_dropped(section, data.source),
        size_findings(parts, (asked, "tokens to predict"), parameters, "pairs"),
    ]
    lengths = {}
    for part, own in parts.items():
        lengths[f"{part} sources"] = own.sources.lengths
        lengths[f"{part} targets"] = own.targets.lengths - len(ENDS)
    lengths = {name: each for name, each in lengths.items() if not name.startswith("test")}
    return Audit(ordered(gathered(*looks)), _facts(parts, *words), "tokens", lengths)


def _of_rows(parts: Mapping[str, PairPart]) -> list[Iterator[Finding]]:
    """Repeated pairs, and held-out sources that training has."""
    places = {part: own.pairs.place for part, own in parts.items()}
    sources = {part: own.pairs.sources for part, own in parts.items()}
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


def _dropped(section: Seq2SeqData, source: Source) -> Iterator[Iterator[Finding]]:
    """Pairs of the training set that are longer than the config lets them be."""
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
    for part, own in parts.items():
        facts[part] = {"pairs": len(own)}
        for side, texts, ends, words in (
            ("source", own.sources, 0, source),
            ("target", own.targets, len(ENDS), target),
        ):
            of_side = length_facts(texts.lengths - ends)
            facts[part] |= {f"{side} {name}": value for name, value in of_side.items()}
            facts[part][f"{side} known"] = round(coverage(texts.flat, words), 4)
    return facts
