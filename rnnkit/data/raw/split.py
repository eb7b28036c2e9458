"""How data are divided into parts: what is held out, and how it is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from rnnkit.config.spec import Spec
from rnnkit.data.raw.labelled import Examples, content
from rnnkit.data.raw.long_text import LongText
from rnnkit.data.raw.pairs import Pairs, by_source
from rnnkit.data.raw.text import Corpus
from rnnkit.errors import RnnkitError

SAMPLE_SHARE = 0.2  # of the small sample, a smaller share of which may be empty
PARTS = ("train", "validation", "test")


class Split(Spec):
    """Which share of the data is held out: a contiguous part at the end, first validation, then
    test.
    """

    short: ClassVar[str | None] = "validation"
    validation: float = Field(
        0.1, ge=0, lt=1, description="the share that chooses the best weights; 0 for none"
    )
    test: float = Field(0.0, ge=0, lt=1, description="the share that is scored once, at the end")

    def bounds(self, size: int) -> dict[str, range]:
        """The contiguous parts of so many items, in their order; none for a share of 0."""
        first, second = self.ends(size)
        ranges = (range(first), range(first, second), range(second, size))
        return {
            part: items
            for part, items in zip(PARTS, ranges, strict=True)
            if part == "train" or getattr(self, part)
        }

    def ends(self, size: int) -> tuple[int, int]:
        """Where, of so many items, the training part ends, and the validation part."""
        return round(size * (1 - self.validation - self.test)), round(size * (1 - self.test))

    def held_out(self, parts: Collection[str], *, sample: bool) -> dict[str, float]:
        """The parts that the data set does not have, and their shares of its training part."""
        shares = {"validation": self.validation, "test": self.test}
        return {
            part: SAMPLE_SHARE if sample else share
            for part, share in shares.items()
            if share and part not in parts
        }

    def require_parts(self, parts: Collection[str], whole: str, item: str) -> None:
        """The one check of every division.

        Args:
            parts: Those that are not empty.
            whole: What was divided, such as "1,200 texts".
            item: What each part must hold, such as "one text".

        Raises:
            RnnkitError: If a part that was asked for is empty.
        """
        for part in PARTS:
            if (part == "train" or getattr(self, part)) and part not in parts:
                larger = f", a larger data.split.{part}, or 0 for none"
                hint = "More data" + (", or smaller shares" if part == "train" else larger)
                got = f"{whole} leave the {part} part empty"
                raise RnnkitError("data.split", got, f"Expected at least {item} in each part", hint)


class TextSplit(Split):
    """Which share of a text is held out: a contiguous part at its end, first validation, then
    test.
    """

    def divide(self, text: Corpus | LongText, *, at_space: bool) -> dict[str, str | LongText]:
        """The parts that have text: the data set's own where it has them, else those that are held
        out.

        Args:
            text: The whole.
            at_space: Whether parts begin at white space only, so that no word is torn; a text in
                files is divided where lines end.

        Raises:
            RnnkitError: If a part that was asked for has no text.
        """
        if isinstance(text, LongText):
            return self._of_files(text)
        if text.validation or text.test:
            if not text.train.strip():
                got = "a training part without text"
                raise RnnkitError("data.dataset", got, "Expected a longer text")
            return dict(text.parts)
        whole = text.train
        first, second = (text.cut(end, at_space=at_space) for end in self.ends(len(whole)))
        parts = Corpus(whole[:first], whole[first:second], whole[second:]).parts
        with_text = [part for part, piece in parts.items() if piece.strip()]
        self.require_parts(with_text, f"{len(whole):,} characters", "some text")
        return dict(parts)

    def _of_files(self, text: LongText) -> dict[str, str | LongText]:
        first, second = self.ends(len(text))
        spans = (
            text.between(0, first),
            text.between(first, second),
            text.between(second, len(text)),
        )
        parts = {part: span for part, span in zip(PARTS, spans, strict=True) if len(span)}
        self.require_parts(parts, f"{len(text):,} bytes", "some text")
        return dict(parts)


class PairSplit(Split):
    """Which share of the pairs is held out, by chance. All pairs of one source stay in one part."""

    random_seed: int = Field(
        0, ge=0, lt=2**32, description="the same parts for every seed of the training"
    )

    def divide(self, parts: dict[str, Pairs], *, sample: bool) -> dict[str, Pairs]:
        """The parts that a data set has, and those that are held out of its training part.

        Raises:
            RnnkitError: If a part that is held out would be empty.
        """
        whole = parts["train"]
        shares = self.held_out(parts, sample=sample)
        rows = grouped(whole.sources, shares, self.random_seed)
        filled = {part: chosen for part, chosen in rows.items() if len(chosen)}
        there = {*filled, *(parts.keys() - rows.keys())}
        self.require_parts(there, f"{len(whole):,} pairs", "one source")
        return parts | {part: whole.take(chosen) for part, chosen in filled.items()}


class LabelledSplit(Split):
    """Which share of the texts is held out, and how they are chosen. Equal texts stay in one
    part."""

    method: Literal["stratified", "last"] = Field(
        "stratified", description="each label alike, by chance; or the last texts as they come"
    )
    random_seed: int = Field(
        0, ge=0, lt=2**32, description="the same parts for every seed of the training"
    )

    def divide(self, parts: dict[str, Examples], *, sample: bool) -> dict[str, Examples]:
        """The parts that a data set has, and those that are held out of its training part.

        Args:
            parts: Its own, "train" among them.
            sample: Whether they are a small sample in its place, which may have too few texts for
                many labels.

        Raises:
            RnnkitError: If a part that is held out would be empty.
        """
        shares = self.held_out(parts, sample=sample)
        if not shares:
            return parts
        whole = parts["train"]
        rows = (
            last(whole, shares)
            if self.method == "last"
            else stratified(whole, shares, self.random_seed)
        )
        filled = {part: chosen for part, chosen in rows.items() if len(chosen)}
        if not sample:
            there = {*filled, *(parts.keys() - rows.keys())}
            self.require_parts(there, f"{len(whole):,} texts", "one text")
        return parts | {part: whole.take(chosen) for part, chosen in filled.items()}


def stratified(
    examples: Examples, shares: dict[str, float], random_seed: int
) -> dict[str, np.ndarray]:
    """Indices of each part, with about the same share of every label in each; equal texts stay in
    one part.

    Args:
        examples: All of them.
        shares: Parts to hold out and their shares; the rest is "train".
        random_seed: The same seed gives the same parts, whatever the training's own seed.
    """
    groups: dict[Any, list[int]] = {}
    for index, text in enumerate(examples.texts):
        groups.setdefault(content(text), []).append(index)
    by_label: dict[str, list[list[int]]] = {}
    frequency = Counter(name for label in examples.labels for name in label)
    for members in groups.values():
        label = examples.labels[members[0]]
        # A text with several labels counts for its rarest one.
        by_label.setdefault(
            min(label, key=lambda name: (frequency[name], name), default=""), []
        ).append(members)
    generator = np.random.default_rng(random_seed)
    chosen: dict[str, list[int]] = {part: [] for part in ("train", *shares)}
    for _, members_of in sorted(by_label.items()):
        left = generator.permutation(len(members_of))
        for part, share in shares.items():
            size = min(round(share * len(members_of)), len(left) - 1)
            # The test comes from the other end, so that it is the same whatever the share of
            # validation.
            taken, left = (
                (left[len(left) - size :], left[: len(left) - size])
                if part == "test"
                else (left[:size], left[size:])
            )
            chosen[part] += [index for group in taken for index in members_of[group]]
        chosen["train"] += [index for group in left for index in members_of[group]]
    return {part: np.sort(np.array(indices, np.int64)) for part, indices in chosen.items()}


def last(examples: Examples, shares: dict[str, float]) -> dict[str, np.ndarray]:
    """Indices of each part, the last ones in the order of the data: first validation, then
    test.
    """
    ends = np.cumsum([round(share * len(examples)) for share in shares.values()])
    cuts = (
        [len(examples) - int(ends[-1]) + end for end in [0, *ends[:-1].tolist()]] if shares else []
    )
    return dict(zip(["train", *shares], np.split(np.arange(len(examples)), cuts), strict=True))


def grouped(
    sources: Sequence[str], shares: dict[str, float], random_seed: int
) -> dict[str, np.ndarray]:
    """Indices of each part, drawn by chance; all pairs of one source are in one part.

    Args:
        sources: The source of each pair.
        shares: Parts to hold out and their shares of the different sources; the rest is "train".
        random_seed: The same seed gives the same parts, whatever the training's own seed.
    """
    groups = by_source(sources)
    order = np.random.default_rng(random_seed).permutation(len(groups))
    ends = np.cumsum([round(share * len(groups)) for share in shares.values()], dtype=int)
    *held_out, rest = np.split(order, ends)
    drawn = dict(zip([*shares, "train"], [*held_out, rest], strict=True))
    return {
        part: np.sort(np.concatenate([np.empty(0, np.int64), *(groups[group] for group in chosen)]))
        for part, chosen in drawn.items()
    }
