"""Conditions of conditional text generation: the label of a text, or numbers that describe it, such
as image features.
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

LISTED = 30  # conditions, or numbers of one, listed in a message


class Condition(Protocol):
    """Encodes the condition of a text as the vector that the model starts from."""

    @property
    def size(self) -> int:
        """Length of a vector."""

    def encode(self, examples: Examples) -> np.ndarray:
        """The vectors of texts, (texts, size) float32.

        Raises:
            RnnkitError: If a condition is unknown, with the place of its text.
        """

    def parse(self, text: str | None) -> np.ndarray:
        """Parses the condition of a user's query, (size,) float32.

        Raises:
            RnnkitError: If it is missing or malformed.
        """

    def describe(self) -> str:
        """One line about the conditions of the training set."""

    def shown(self, examples: Examples, count: int) -> list[str]:
        """A few example conditions, as a user would write them."""

    def refit(self, examples: Examples) -> Condition:
        """The condition for fine-tuning on these examples, with their statistics."""

    @property
    def reads(self) -> str:
        """A description of the vector; if it changes, the layer must be built anew."""

    def save(self, run: RunFolder) -> None:
        """Writes it to the run folder."""


@dataclass(frozen=True)
class LabelCondition:
    """The label of a text, one-hot encoded."""

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
        """The same labels with the counts of these examples; new labels if any is unknown."""
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
        counts = ", ".join(
            f"{name} {count:,}"
            for name, count in zip(self.labels.names, self.labels.counts, strict=True)
        )
        return f"{counted(len(self.labels), 'condition')} in training: {counts}"

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
    """Numbers that describe a text, such as the features of a captioned image, standardized to mean
    0 and standard deviation 1.
    """

    scaler: Scaler

    @classmethod
    def of(cls, examples: Examples) -> Self:
        """Fits the scale to the training set.

        Raises:
            RnnkitError: If all texts have the same numbers.
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
        """The scale fitted to these examples."""
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
        features = [
            f"{mean:.4g} +- {scale:.4g}"
            for mean, scale in zip(
                self.scaler.mean[:LISTED], self.scaler.scale[:LISTED], strict=True
            )
        ]
        more = f" and {self.size - LISTED:,} more" if self.size > LISTED else ""
        return f"a condition of {self.reads}, in training: {', '.join(features)}{more}"

    def shown(self, examples: Examples, count: int) -> list[str]:
        return [_written(row) for row in _numbers(examples)[:count]]

    def save(self, run: RunFolder) -> None:
        self.scaler.save(run.scaler)


def _numbers(examples: Examples) -> np.ndarray:
    assert examples.features is not None  # checked when the data set was read
    return examples.features


def _written(numbers: np.ndarray) -> str:
    return " ".join(f"{number:.4g}" for number in numbers)
