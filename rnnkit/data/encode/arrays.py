"""Sequences of numbers with labels: how they are read by a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from rnnkit.config.mistakes import shown
from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.scaler import Scale, Scaler
from rnnkit.data.formats.format import Record
from rnnkit.errors import RnnkitError
from rnnkit.quantities import agreed, counted
from rnnkit.run import RunFolder
from rnnkit.storage.records import read_record


@dataclass(frozen=True)
class ArrayCodec:
    """Sequences of numbers to the network's scale, and answers to labels.

    Args:
        scaler: The scale of each feature.
        labels: Names of the model's outputs.
        pads: Whether sequences of unequal length are padded and batched together; else only those
            of one length are.
    """

    scaler: Scaler
    labels: Labels
    pads: bool = False

    @classmethod
    def fit(
        cls, sequences: Sequence[np.ndarray], standard: bool, labels: Labels, *, pads: bool
    ) -> Self:
        """The scale of the training set.

        Args:
            sequences: Each (timesteps, features).
            standard: Whether numbers get mean 0 and deviation 1.
            labels: Names of the model's outputs.
            pads: Whether every layer of the model can read padded sequences.
        """
        is_ragged = len({len(sequence) for sequence in sequences}) > 1
        scaler = Scaler.fit(np.concatenate(sequences), standard)
        return cls(scaler, labels, pads and is_ragged)

    @classmethod
    def load(cls, run: RunFolder) -> Self:
        """The codec of a run."""
        scaler, labels = Scaler.load(run.scaler), Labels.load(run.labels)
        return cls(scaler, labels, read_record(run.scaler, Scale).pads)

    def save(self, run: RunFolder) -> None:
        """Keeps it in the run folder."""
        self.scaler.save(run.scaler, **({"pads": True} if self.pads else {}))
        self.labels.save(run.labels)

    def sizes(self, parts: Mapping[str, np.ndarray]) -> str:
        """How many sequences each part has and how long they are, by their lengths."""
        sizes = []
        for name, lengths in parts.items():
            shortest, longest = lengths.min(), lengths.max()
            steps = f"{longest:,}" if shortest == longest else f"{shortest:,} to {longest:,}"
            number = counted(len(lengths), "sequence")
            sizes.append(f"{name} {number} of {steps} {agreed(int(longest), 'step', 'steps')}")
        return f"{', '.join(sizes)}; {counted(self.features, 'feature')}"

    @property
    def features(self) -> int:
        """Numbers of a step."""
        return len(self.scaler.mean)

    def encode(self, sequences: Sequence[np.ndarray]) -> Sequences:
        """What the model reads of each (timesteps, features)."""
        return Sequences(
            self.scaler.scaled(np.concatenate(sequences)).astype(np.float32),
            np.array([len(sequence) for sequence in sequences]),
        )

    def parse(self, text: str) -> np.ndarray:
        """The sequence that a text spells, step by step: (timesteps, features).

        Raises:
            RnnkitError: If it is not a whole number of steps.
        """
        try:
            numbers = np.array([float(word) for word in text.replace(",", " ").split()])
        except ValueError as error:
            raise RnnkitError("", str(error), "Expected numbers, such as '0.1 0.2'") from None
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused as infinite
            values = numbers.astype(np.float32)
        if not len(values) or len(values) % self.features or not np.isfinite(values).all():
            raise RnnkitError(
                "",
                counted(len(values), "number"),
                f"Expected finite ones, {self.features} for each step",
            )
        return values.reshape(-1, self.features)

    def steps(self, values: np.ndarray) -> np.ndarray:
        """A sequence that a program asks, as (timesteps, features) float32; of one feature it may
        be (timesteps,).

        Raises:
            RnnkitError: If it has another shape, or holds what is not a finite number.
        """
        is_flat = values.ndim == 1 and self.features == 1
        steps = values[:, None] if is_flat else values
        if steps.ndim != 2 or not len(steps) or steps.shape[1] != self.features:
            got, expected = f"the shape {values.shape}", f"(timesteps, {self.features})"
            raise RnnkitError("", got, f"Expected {expected}, as in training")
        with np.errstate(over="ignore"):
            numbers = steps.astype(np.float32)
        if not np.isfinite(numbers).all():
            step, feature = np.argwhere(~np.isfinite(numbers))[0].tolist()
            got = f"{steps[step, feature]} at [{step}, {feature}]"
            raise RnnkitError("", got, "Expected finite numbers")
        return numbers

    def steps_of(self, record: Record) -> np.ndarray:
        """The sequence `x` of a record: an array, or the lists of a table in memory.

        Raises:
            RnnkitError: If there is none, or it has other features than those of the training set.
        """
        if "x" not in record:
            raise RnnkitError("", "no column 'x'", f"It has: {', '.join(map(repr, record))}")
        if isinstance(values := record["x"], np.ndarray):
            self.require_features([values], "x")
            return np.asarray(values, np.float32)
        try:
            array = np.array(values, float)
        except (TypeError, ValueError):
            expected = f"Expected numbers (timesteps, {self.features})"
            raise RnnkitError("", f"x is {shown(values)}", expected) from None
        return self.steps(array)

    def require_features(self, sequences: Sequence[np.ndarray], source: str) -> None:
        """Refuses sequences of another width.

        Raises:
            RnnkitError: With both.
        """
        if (found := sequences[0].shape[1]) != self.features:
            raise RnnkitError(
                "",
                f"{source}: {counted(found, 'feature')} per step",
                f"Expected {self.features}, as in training",
            )
