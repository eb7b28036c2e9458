"""What a text is conditioned on: its label, or numbers that describe it, such as the features of an
image.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.scaler import Scaler
from rnnkit.data.raw.labelled import Examples, label_counts
from rnnkit.errors import RnnkitError, at, did_you_mean
from rnnkit.platform.shell import quote
from rnnkit.quantities import counted
from rnnkit.run import RunFolder

LISTED = 30  # conditions, or numbers of one, that a message names


class Condition(Protocol):
    """From what describes a text to the vector that its model starts from."""

    @property
    def size(self) -> int:
        """Numbers of a vector."""

    def encode(self, examples: Examples) -> np.ndarray:
        """The vectors of texts, (texts, size) float32.

        Raises:
            RnnkitError: If one of them is described as no training text is, with its place.
        """

    def parse(self, text: str | None) -> np.ndarray:
        """The vector that a user asks for, (size,) float32.

        Raises:
            RnnkitError: If it is missing or none.
        """

    def describe(self) -> str:
        """A line for the reader."""

    def shown(self, examples: Examples, count: int) -> list[str]:
        """A few conditions as a user would write them."""

    def refit(self, examples: Examples) -> Condition:
        """The condition of a training that starts from this one's run, with the statistics of these
        examples.
        """

    @property
    def reads(self) -> str:
        """What a vector stands for, in words; other words, another layer."""

    def save(self, run: RunFolder) -> None:
        """Keeps it in the run folder."""


@dataclass(frozen=True)
class LabelCondition:
    """A text's one label: a one among zeros."""

    labels: Labels

    @classmethod
    def of(cls, examples: Examples) -> Self:
        """The labels of the training set.

        Raises:
            RnnkitError: If there is only one.
        """
        counts = label_counts(examples.labels)
        if len(counts) < 2:
            got = f"every text has the condition {', '.join(counts)}"
            raise RnnkitError(
                "data.dataset",
                got,
                "Expected at least two conditions",
                "Use language_model for texts of one kind",
            )
        return cls(
            Labels(
                tuple(sorted(counts)), tuple(counts[name] for name in sorted(counts)), len(examples)
            )
        )

    def refit(self, examples: Examples) -> Condition:
        """The same labels, counted in these examples; theirs, where there are others."""
        counts = label_counts(examples.labels)
        if not all(name in self.labels for name in counts):
            return LabelCondition.of(examples)
        return LabelCondition(replace(self.labels, texts=len(examples)).with_counts(counts))

    @property
    def reads(self) -> str:
        more = f" and {len(self.labels) - LISTED:,} more" if len(self.labels) > LISTED else ""
        return f"{', '.join(self.labels.names[:LISTED])}{more}"

    @classmethod
    def load(cls, run: RunFolder) -> Self:
        """The condition of a run."""
        return cls(Labels.load(run.labels))

    @property
    def size(self) -> int:
        return len(self.labels)

    def encode(self, examples: Examples) -> np.ndarray:
        for index, (label,) in enumerate(examples.labels):
            with at(examples.place(index)):
                self._require_known(label)
        return np.eye(self.size, dtype=np.float32)[self.labels.encode(examples.labels)]

    def parse(self, text: str | None) -> np.ndarray:
        if text is None:
            hint = f"Add `--condition {quote(self.labels.names[0])}`"
            raise RnnkitError("", "missing", self._expected, hint)
        self._require_known(text)
        return np.eye(self.size, dtype=np.float32)[self.labels.position(text)]

    def describe(self) -> str:
        each = ", ".join(
            f"{name} {count:,}"
            for name, count in zip(self.labels.names, self.labels.counts, strict=True)
        )
        return f"{counted(len(self.labels), 'condition')} in training: {each}"

    def shown(self, examples: Examples, count: int) -> list[str]:
        return [
            self.labels.names[label]
            for label in np.argsort(-np.array(self.labels.counts), kind="stable")[:count]
        ]

    def save(self, run: RunFolder) -> None:
        self.labels.save(run.labels)

    @property
    def _expected(self) -> str:
        return f"Expected one of: {self.reads}"

    def _require_known(self, label: str) -> None:
        if label not in self.labels:
            raise RnnkitError(
                "",
                f"unknown condition {label!r}",
                self._expected,
                did_you_mean(label, self.labels.names),
            )


@dataclass(frozen=True)
class NumberCondition:
    """Numbers that describe a text, such as the features of the image that a caption is for: mean 0
    and deviation 1 in training.
    """

    scaler: Scaler

    @classmethod
    def of(cls, examples: Examples) -> Self:
        """The scale of the training set's numbers.

        Raises:
            RnnkitError: If they are the same for every text.
        """
        numbers = _numbers(examples)
        if not np.ptp(numbers, axis=0).any():
            got = f"every text has the condition {_written(numbers[0])}"
            raise RnnkitError(
                "data.dataset",
                got,
                "Expected at least two conditions",
                "Use language_model for texts of one kind",
            )
        return cls(Scaler.fit(numbers, standard=True))

    def refit(self, examples: Examples) -> Condition:
        """The scale of these examples' numbers."""
        return NumberCondition.of(examples)

    @property
    def reads(self) -> str:
        return counted(self.size, "number")

    @classmethod
    def load(cls, run: RunFolder) -> Self:
        """The condition of a run."""
        return cls(Scaler.load(run.scaler))

    @property
    def size(self) -> int:
        return len(self.scaler.mean)

    def encode(self, examples: Examples) -> np.ndarray:
        numbers = _numbers(examples)
        if numbers.shape[1] != self.size:
            raise RnnkitError(
                examples.place(0),
                counted(numbers.shape[1], "number"),
                f"Expected {self.size:,}, as in training",
            )
        return self.scaler.scaled(numbers).astype(np.float32)

    def parse(self, text: str | None) -> np.ndarray:
        expected = f"Expected {counted(self.size, 'finite number')}"
        if text is None:
            hint = f"Add `--condition {quote(_written(self.scaler.mean))}`"
            raise RnnkitError("", "missing", expected, hint)
        try:
            numbers = [float(word) for word in text.strip().strip("[]").replace(",", " ").split()]
        except ValueError as error:
            raise RnnkitError("", str(error), expected) from None
        if len(numbers) != self.size or not all(map(math.isfinite, numbers)):
            raise RnnkitError(
                "",
                f"found {text!r}" if len(numbers) == self.size else counted(len(numbers), "number"),
                expected,
            )
        return self.scaler.scaled(np.array(numbers)).astype(np.float32)

    def describe(self) -> str:
        found = [
            f"{mean:.4g} +- {scale:.4g}"
            for mean, scale in zip(
                self.scaler.mean[:LISTED], self.scaler.scale[:LISTED], strict=True
            )
        ]
        more = f" and {self.size - LISTED:,} more" if self.size > LISTED else ""
        return f"a condition of {self.reads}, in training: {', '.join(found)}{more}"

    def shown(self, examples: Examples, count: int) -> list[str]:
        return [_written(row) for row in _numbers(examples)[:count]]

    def save(self, run: RunFolder) -> None:
        self.scaler.save(run.scaler)


def _numbers(examples: Examples) -> np.ndarray:
    assert examples.features is not None  # a data set with features reads them for every text
    return examples.features


def _written(numbers: np.ndarray) -> str:
    return " ".join(f"{number:.4g}" for number in numbers)
