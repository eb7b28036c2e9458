"""Pairs of texts, filtered and encoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnkit.data.batch.pairs import PairBuckets
from rnnkit.data.encode.cached import encode_cached
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.tokenizer import ENDS, Tokenizer
from rnnkit.data.raw.labelled import places
from rnnkit.data.raw.pairs import Pairs, by_source
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import RowsLeftOut, tell
from rnnkit.quantities import counted, percent
from rnnkit.run import RunFolder
from rnnkit.tasks.lengths import save_longest
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.segmentation import tokenizer_advice
from rnnkit.tasks.seq2seq.sections import Seq2SeqData, TextSide


@dataclass(frozen=True)
class PairCodec:
    """Sources to token ids, and token ids to targets.

    Args:
        source: The tokenizer of sources, with `<pad>` as token 0.
        target: The tokenizer of targets, with `<start>` and `<end>`.
        longest: The tokens of the longest training target, with `<end>`; None in runs of earlier
            versions.
    """

    source: Tokenizer
    target: Tokenizer
    longest: int | None = None

    @property
    def ends(self) -> tuple[int, int]:
        """The ids of `<start>` and `<end>`."""
        start, end = (self.target.vocabulary.index(token) for token in ENDS)
        return start, end

    def text(self, target: Iterable[int]) -> str:
        """A target's token ids as text, without `<end>`."""
        return self.target.text(token for token in target if token != self.ends[1])

    def save(self, run: RunFolder) -> None:
        """Saves the codec in the run folder."""
        self.source.save(run.source_tokenizer)
        self.target.save(run.tokenizer)
        save_longest(run, self.longest)


@dataclass(frozen=True)
class PairPart:
    """One part of the data.

    Args:
        pairs: The raw texts.
        sources: Their token ids.
        targets: The token ids of the targets, from `<start>` to `<end>`.
    """

    pairs: Pairs
    sources: Sequences
    targets: Sequences

    def __len__(self) -> int:
        return len(self.pairs)

    @cached_property
    def groups(self) -> list[np.ndarray]:
        """The indices of the pairs of each distinct source."""
        return by_source(self.pairs.sources)

    @property
    def distinct_sources(self) -> Sequences:
        """The distinct sources, in the order of `groups`."""
        return self.sources.take(np.array([group[0] for group in self.groups]))

    def batches(self, batch_size: int) -> PairBuckets:
        return PairBuckets(self.sources, self.targets, batch_size)

    def arrays(self) -> Iterable[np.ndarray]:
        sources, targets = self.sources, self.targets
        return sources.flat, sources.lengths, targets.flat, targets.lengths


def read_parts(data: Seq2SeqData, source: Source) -> tuple[dict[str, Pairs], list[str]]:
    """The raw pairs in parts, and remarks on what was dropped."""
    dataset = data.dataset.keeping(data.split.kept_columns)
    raw = dataset.sample() if source.sample else dataset.load()
    notes = list(raw.notes)
    whole = {name: drop_long_pairs(pairs, data, name, notes) for name, pairs in raw.parts.items()}
    whole["train"] = draw_pairs(whole["train"], data, notes)
    parts = data.split.divide(whole, sample=source.sample)
    if source.file is not None:
        with at(source.place):
            further = dataset.read_further(source.file)
        parts |= further.parts
        notes += further.notes
    return parts, notes


def drop_long_pairs(pairs: Pairs, data: Seq2SeqData, part: str, notes: list[str]) -> Pairs:
    """The pairs with neither side longer than its `max_length`.

    Args:
        pairs: The pairs of a part.
        data: The `data:` section.
        part: The part's name.
        notes: The list to which remarks on dropped pairs are added.

    Raises:
        RnnkitError: If no pair is left.
    """
    kept = np.ones(len(pairs), bool)
    sides = ("source", data.source, pairs.sources), ("target", data.target, pairs.targets)
    for name, side, texts in sides:
        if side.max_length is None:
            continue
        lengths = np.array([side.length(text) for text in texts])
        if long := int(np.count_nonzero(kept & (lengths > side.max_length))):
            bound = f"more than {side.max_length:,} {side.unit}"
            notes.append(
                RowsLeftOut(f"{part}: {counted(long, 'pair')} left out, whose {name} has {bound}")
            )
        kept &= lengths <= side.max_length
        if not kept.any():
            raise _all_too_long(name, side, part, lengths)
    return pairs.take(np.flatnonzero(kept))


def _all_too_long(name: str, side: TextSide, part: str, lengths: np.ndarray) -> RnnkitError:
    got = (
        f"{side.max_length}, which leaves no pair of the {part} part: the shortest {name} of"
        f" {len(lengths):,} pairs has {lengths.min():,} {side.unit}"
    )
    return RnnkitError(f"data.{name}.max_length", got, "Expected a larger number")


def draw_pairs(pairs: Pairs, data: Seq2SeqData, notes: list[str]) -> Pairs:
    """About `max_pairs` random pairs of the training set; all pairs of a source are kept or
    dropped together.
    """
    if data.max_pairs is None or len(pairs) <= data.max_pairs:
        return pairs
    groups = by_source(pairs.sources)
    order = np.random.default_rng(data.split.random_seed).permutation(len(groups))
    sizes = np.cumsum([len(groups[group]) for group in order])
    enough = int(np.searchsorted(sizes, data.max_pairs)) + 1
    notes.append(
        f"the pairs of {enough:,} of {len(groups):,} sources are drawn at random (data.max_pairs)"
    )
    return pairs.take(np.sort(np.concatenate([groups[group] for group in order[:enough]])))


def encode_later(name: str, pairs: Pairs, codec: PairCodec) -> PairPart:
    """A part of the data, encoded on first use; remarks on it are logged now."""
    notes = list[str]()
    part = encode(name, pairs, codec, notes)
    tell([*_length_lines({name: part}, codec), *notes])
    return part


def encode(name: str, pairs: Pairs, codec: PairCodec, notes: list[str]) -> PairPart:
    """A part of the data, encoded: the pairs with at least one token on each side.

    Args:
        name: The part's name.
        pairs: Its pairs.
        codec: The codec.
        notes: The list to which remarks on dropped pairs are added.

    Raises:
        RnnkitError: If there is no such pair.
    """
    start, end = codec.ends
    sources = encode_cached(codec.source, pairs.sources)
    targets = encode_cached(codec.target, pairs.targets)
    is_empty = (sources.lengths == 0) | (targets.lengths == 0)
    if is_empty.any():
        empty = [pairs.place(int(row)) for row in np.flatnonzero(is_empty)]
        dropped = f"{counted(len(empty), 'pair')} left out, without a token on one side"
        notes.append(RowsLeftOut(f"{name}: {dropped}: {places(empty)}"))
        kept = np.flatnonzero(~is_empty)
        pairs, sources, targets = pairs.take(kept), sources.take(kept), targets.take(kept)
    if not len(pairs):
        got = f"no pair of the {name} part has a token on both sides"
        raise RnnkitError("data", got, "Expected texts that the tokenizers can read")
    rows = ([start, *targets[row].tolist(), end] for row in range(len(targets)))
    return PairPart(pairs, sources, Sequences.of(rows))


def tokenizer_lines(
    data: Seq2SeqData, codec: PairCodec, parts: Mapping[str, PairPart]
) -> list[str]:
    """The lines of `tokenizer_advice` on both tokenizers."""
    sources = {name: part.sources for name, part in parts.items()}
    targets = {name: part.targets for name, part in parts.items()}
    spec, key = data.source.tokenizer, "data.source.tokenizer"
    lines = tokenizer_advice(spec, key, codec.source, sources)
    spec, key = data.target.tokenizer, "data.target.tokenizer"
    return lines + tokenizer_advice(spec, key, codec.target, targets, len(ENDS))


def describe(
    codec: PairCodec, parts: Mapping[str, PairPart], raw: Mapping[str, Pairs]
) -> list[str]:
    """Lines on sizes, lengths and vocabularies.

    Args:
        codec: The codec, which has the vocabularies.
        parts: The encoded parts.
        raw: All parts.
    """
    pairs = {name: parts[name].pairs if name in parts else raw[name] for name in raw}
    sizes = ", ".join(
        f"{name} {counted(len(part), 'pair')} of {counted(len(by_source(part.sources)), 'source')}"
        for name, part in pairs.items()
    )
    sizes += f"; vocabularies of {len(codec.source):,} and {len(codec.target):,}"
    return [sizes, *_length_lines(parts, codec)]


def _length_lines(parts: Mapping[str, PairPart], codec: PairCodec) -> list[str]:
    lines = []
    for name, part in parts.items():
        source = _lengths("source", part.sources, codec.source, 0)
        target = _lengths("target", part.targets, codec.target, len(ENDS))
        lines.append(f"{name}: {source}; {target}")
    return lines


def _lengths(side: str, texts: Sequences, tokenizer: Tokenizer, ends: int) -> str:
    unknown = np.count_nonzero(texts.flat == tokenizer.unknown_id)
    share = unknown / (len(texts.flat) - ends * len(texts))
    mean, longest = texts.lengths.mean() - ends, texts.lengths.max() - ends
    return f"{mean:.1f} tokens per {side}, the longest {longest:,}, {percent(share, 1)} <unk>"
