"""What an audit looks at in pairs of texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rnnkit.audit.audit import Audit
from rnnkit.audit.duplicates import Content, repeated_rows, shared_rows
from rnnkit.audit.finding import Finding, ordered
from rnnkit.audit.lengths import length_facts
from rnnkit.audit.pairs import dropped_pairs, misaligned_pairs, untranslated_pairs
from rnnkit.audit.size import few_rows, nothing_held_out, small_validation
from rnnkit.audit.vocabulary import (
    coverage,
    tokens_seen_once,
    unknown_tokens,
    untrained_unknown,
)
from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.tasks.audits import (
    HOLD_OUT,
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
        parameters: Of the model, besides embeddings.
    """
    parts = dict(data.parts)
    train, pairs = parts["train"], parts["train"].pairs
    looks = [
        *_of_rows(parts),
        untranslated_pairs(pairs.sources, pairs.targets, pairs.place),
        misaligned_pairs(train.sources.lengths, train.targets.lengths - len(ENDS), pairs.place),
        *_of_words(section, data.codec, parts),
        *_dropped(section, data.source),
        few_rows(
            int(train.targets.lengths.sum()) - len(train),
            parameters,
            "tokens to predict",
            held_out=len(parts) > 1,
        ),
        nothing_held_out(parts, HOLD_OUT),
        small_validation(len(parts.get("validation", ())), len(train), "pairs"),
    ]
    lengths = {}
    for part, own in parts.items():
        lengths[f"{part} sources"] = own.sources.lengths
        lengths[f"{part} targets"] = own.targets.lengths - len(ENDS)
    lengths = {name: each for name, each in lengths.items() if not name.startswith("test")}
    return Audit(ordered(gathered(*looks)), _facts(section, data.codec, parts), "tokens", lengths)


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


def _of_words(
    section: Seq2SeqData, codec: PairCodec, parts: Mapping[str, PairPart]
) -> Iterator[Iterator[Finding]]:
    """The vocabularies of both sides."""
    for key, side, tokenizer in (
        ("data.source.tokenizer", section.source, codec.source),
        ("data.target.tokenizer", section.target, codec.target),
    ):
        vocabulary = vocabulary_of(tokenizer, side.tokenizer, key)
        is_source = side is section.source
        ids = {
            part: (own.sources if is_source else own.targets).flat for part, own in parts.items()
        }
        yield unknown_tokens(ids, vocabulary)
        yield untrained_unknown(ids, vocabulary)
        yield tokens_seen_once(ids["train"], vocabulary)


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
    section: Seq2SeqData, codec: PairCodec, parts: Mapping[str, PairPart]
) -> dict[str, dict[str, str | int | float]]:
    source = vocabulary_of(codec.source, section.source.tokenizer, "")
    target = vocabulary_of(codec.target, section.target.tokenizer, "")
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
