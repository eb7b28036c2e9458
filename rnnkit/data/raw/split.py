"""The split of texts and series into training, validation and test parts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from rnnkit.config.spec import Spec
from rnnkit.config.unused import Unused
from rnnkit.data.raw.long_text import LongText
from rnnkit.data.raw.text import Corpus
from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted

LONGEST_WORD = 100  # characters
SAMPLE_SHARE = 0.2  # of a small sample, whose parts might be empty with a smaller share
PARTS = ("train", "validation", "test")


class Split(Spec):
    """Which fraction of the data is held out: a contiguous part at the end, first validation, then
    test.
    """

    short: ClassVar[str | None] = "validation"
    validation: float = Field(
        0.1, ge=0, lt=1, description="fraction held out to choose the best weights; 0 for none"
    )
    test: float = Field(
        0.0, ge=0, lt=1, description="fraction held out to be scored once, at the end"
    )
    train_fraction: float = Field(
        1.0,
        gt=0,
        le=1,
        description="fraction of the training set that is trained on, as for a learning curve",
        exclude_if=lambda value: value == 1,
    )

    def unused_with(self, own: Collection[str]) -> Iterator[Unused]:
        """The fields without effect for a data set that already has the parts in `own`."""
        for part in ("validation", "test"):
            if part in own:
                yield Unused(part, f"the data set has a {part} part of its own")

    def bounds(self, size: int) -> dict[str, range]:
        """The contiguous index range of each part; parts with a fraction of 0 are left out."""
        first, second = self.ends(size)
        ranges = (range(first), range(first, second), range(second, size))
        parts = {
            part: items
            for part, items in zip(PARTS, ranges, strict=True)
            if part == "train" or getattr(self, part)
        }
        return parts | {"train": range(first - self.trained_on(first), first)}

    def trained_on(self, size: int) -> int:
        """The number of items to train on, for a training set of `size` items."""
        return max(1, round(size * self.train_fraction)) if size else 0

    def ends(self, size: int) -> tuple[int, int]:
        """The ends of the training set and of the validation part, for `size` items."""
        return round(size * (1 - self.validation - self.test)), round(size * (1 - self.test))

    def held_out(self, parts: Collection[str], *, sample: bool) -> dict[str, float]:
        """The parts to hold out of the training set, with their fractions of it.

        Args:
            parts: Parts that the data set already has.
            sample: Whether the rows are only a small sample of the data set.
        """
        shares = {"validation": self.validation, "test": self.test}
        return {
            part: SAMPLE_SHARE if sample else share
            for part, share in shares.items()
            if share and part not in parts
        }

    def require_parts(self, parts: Collection[str], whole: str, item: str) -> None:
        """Checks that no requested part is empty.

        Args:
            parts: The parts that are not empty.
            whole: What was split, with its verb: "1,200 texts leave".
            item: What each part must hold, such as "one text".

        Raises:
            RnnkitError: If a requested part is empty.
        """
        for part in PARTS:
            if (part == "train" or getattr(self, part)) and part not in parts:
                larger = f", a larger data.split.{part}, or 0 for none"
                hint = "More data" + (", or smaller fractions" if part == "train" else larger)
                got = f"{whole} the {part} part empty"
                raise RnnkitError("data.split", got, f"Expected at least {item} in each part", hint)


class TextSplit(Split):
    """Which fraction of a text is held out: a contiguous part at its end, first validation, then
    test.
    """

    def unused_with(self, own: Collection[str]) -> Iterator[Unused]:
        if own:
            for part in ("validation", "test"):
                yield Unused(part, f"the data set has parts of its own: {', '.join(own)}")

    def divide(self, text: Corpus | LongText, *, at_space: bool) -> dict[str, str | LongText]:
        """Splits a text; a text that has validation or test parts keeps them.

        Args:
            text: The whole text.
            at_space: Whether to split at white space only, so that no word is torn apart; a text
                in files is split at line ends.

        Returns:
            The text of each part that is not empty.

        Raises:
            RnnkitError: If a requested part has no text.
        """
        parts = self._whole_parts(text, at_space)
        train = parts["train"]
        left_out = len(train) - self.trained_on(len(train))
        if not left_out:
            return parts
        if isinstance(train, LongText):
            return parts | {"train": train.between(left_out, len(train))}
        return parts | {"train": train[Corpus(train).cut(left_out, at_space=at_space) :]}

    def _whole_parts(self, text: Corpus | LongText, at_space: bool) -> dict[str, str | LongText]:
        """The parts, before `train_fraction` shortens the training set."""
        if isinstance(text, LongText):
            return self._of_files(text)
        if text.validation or text.test:
            if not text.train.strip():
                got = "a training set without text"
                raise RnnkitError("data.dataset", got, "Expected a longer text")
            return dict(text.parts)
        whole = text.train
        first, second = (text.cut(end, at_space=at_space) for end in self.ends(len(whole)))
        parts = Corpus(whole[:first], whole[first:second], whole[second:]).parts
        with_text = [part for part, piece in parts.items() if piece.strip()]
        is_one_word = len(whole) > LONGEST_WORD and len(whole.split()) == 1
        if at_space and is_one_word and (self.validation or self.test):
            got = f"{counted(len(whole), 'character')} without a space between them"
            hint = "Write `data.tokenizer: char`"
            raise RnnkitError("data.split", got, "Expected words, to divide between them", hint)
        self.require_parts(
            with_text, counted(len(whole), "character leaves", "characters leave"), "some text"
        )
        return dict(parts)

    def _of_files(self, text: LongText) -> dict[str, str | LongText]:
        first, second = self.ends(len(text))
        spans = (
            text.between(0, first),
            text.between(first, second),
            text.between(second, len(text)),
        )
        parts = {part: span for part, span in zip(PARTS, spans, strict=True) if len(span)}
        self.require_parts(parts, counted(len(text), "byte leaves", "bytes leave"), "some text")
        return dict(parts)


class SeriesSplit(Split):
    """Which fraction of a series is held out: its last steps, first validation, then test; or the
    last of several series.
    """

    by: Literal["steps", "series"] = Field(
        "steps",
        description=(
            "what is held out of several series: steps, the last ones of each; or series, the last"
            " ones whole, where each stands for itself"
        ),
    )

    def unused(self) -> Iterator[Unused]:
        if not self.validation and not self.test and self.train_fraction == 1:
            yield Unused("by", "nothing is held out", "validation: 0.1")

    def divide(self, series: Sequence[range]) -> dict[str, tuple[range, ...]]:
        """The steps of each part in each series; an empty range if a series is not in the part.

        Args:
            series: The steps of each series.

        Raises:
            RnnkitError: If a requested part gets no series.
        """
        if self.by == "steps":
            by_series = [
                {p: steps[span.start : span.stop] for p, span in self.bounds(len(steps)).items()}
                for steps in series
            ]
            return {part: tuple(parts[part] for parts in by_series) for part in by_series[0]}
        if len(series) == 1:
            hint = "Write `data.split.by: steps`"
            raise RnnkitError("data.split.by", "series, but there is one", "Expected several", hint)
        bounds = self.bounds(len(series))
        with_series = [part for part, numbers in bounds.items() if numbers]
        self.require_parts(
            with_series, counted(len(series), "series leaves", "series leave"), "one"
        )
        return {
            part: tuple(
                steps if number in numbers else steps[:0] for number, steps in enumerate(series)
            )
            for part, numbers in bounds.items()
        }
