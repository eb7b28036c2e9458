"""The codec of labelled sequences of numbers."""

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
    """Scales sequences of numbers for the network, and names its outputs.

    Args:
        scaler: The scale of each feature.
        labels: Names of the model's outputs.
        pads: Whether sequences of unequal length are padded and batched together; else a batch has
            sequences of one length only.
    """

    scaler: Scaler
    labels: Labels
    pads: bool = False

    @classmethod
    def fit(
        cls, sequences: Sequence[np.ndarray], standard: bool, labels: Labels, *, pads: bool
    ) -> Self:
        """Fits the codec to the training set.

        Args:
            sequences: Each (timesteps, features).
            standard: Whether features are standardized to mean 0 and standard deviation 1.
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
        """Writes it to the run folder."""
        self.scaler.save(run.scaler, **({"pads": True} if self.pads else {}))
        self.labels.save(run.labels)

    def sizes(self, parts: Mapping[str, np.ndarray]) -> str:
        """Describes the number and the lengths of the sequences of each part.

        Args:
            parts: The lengths of the sequences of each part, (sequences,) steps.
        """
        sizes = []
        for name, lengths in parts.items():
            shortest, longest = lengths.min(), lengths.max()
            steps = f"{longest:,}" if shortest == longest else f"{shortest:,} to {longest:,}"
            number = counted(len(lengths), "sequence")
            sizes.append(f"{name} {number} of {steps} {agreed(int(longest), 'step', 'steps')}")
        return f"{', '.join(sizes)}; {counted(self.features, 'feature')}"

    @property
    def features(self) -> int:
        """Number of features of a step."""
        return len(self.scaler.mean)

    def encode(self, sequences: Sequence[np.ndarray]) -> Sequences:
        """Scales sequences, each (timesteps, features), to float32."""
        return Sequences(
            self.scaler.scaled(np.concatenate(sequences)).astype(np.float32),
            np.array([len(sequence) for sequence in sequences]),
        )

    def parse(self, text: str) -> np.ndarray:
        """Parses a sequence written as numbers, step by step: (timesteps, features) float32.

        Raises:
            RnnkitError: If these are not finite numbers, or not a whole number of steps.
        """
        try:
            numbers = np.array([float(word) for word in text.replace(",", " ").split()])
        except ValueError as error:
            raise RnnkitError("", str(error), "Expected numbers, such as '0.1 0.2'") from None
        with np.errstate(over="ignore"):  # overflow becomes infinite, which is refused below
            values = numbers.astype(np.float32)
        if not len(values) or len(values) % self.features or not np.isfinite(values).all():
            raise RnnkitError(
                "",
                counted(len(values), "number"),
                f"Expected finite ones, {self.features} for each step",
            )
        return values.reshape(-1, self.features)

    def steps(self, values: np.ndarray) -> np.ndarray:
        """Checks a sequence passed from Python and converts it to (timesteps, features) float32.

        Args:
            values: (timesteps, features), or (timesteps,) if there is one feature.

        Raises:
            RnnkitError: If it has another shape, or contains a number that is not finite.
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
        """The sequence `x` of a record: an array, or nested lists from a table in memory.

        Raises:
            RnnkitError: If there is none, or its number of features differs from the training set.
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
        """Checks that sequences have as many features as the training set.

        Raises:
            RnnkitError: If they have more or fewer.
        """
        if (features := sequences[0].shape[1]) != self.features:
            raise RnnkitError(
                "",
                f"{source}: {counted(features, 'feature')} per step",
                f"Expected {self.features}, as in training",
            )
