"""Sequences of numbers with labels: how they are read by a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.data.encode.labels import Labels
from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.scaler import Scaler
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder


@dataclass(frozen=True)
class ArrayCodec:
    """Sequences of numbers to the network's scale, and answers to labels.

    Args:
        scaler: The scale of each feature.
        labels: Names of the model's outputs.
    """

    scaler: Scaler
    labels: Labels

    @classmethod
    def fit(cls, sequences: Sequence[np.ndarray], standard: bool, labels: Labels) -> ArrayCodec:
        """The scale of the training part."""
        return cls(Scaler.fit(np.concatenate(sequences), standard), labels)

    @classmethod
    def load(cls, run: RunFolder) -> ArrayCodec:
        """That of a run."""
        return cls(Scaler.load(run.scaler), Labels.load(run.labels))

    def save(self, run: RunFolder) -> None:
        """Keeps it in the run folder."""
        self.scaler.save(run.scaler)
        self.labels.save(run.labels)

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
                f"{len(values)} numbers",
                f"Expected finite ones, {self.features} for each step",
            )
        return values.reshape(-1, self.features)

    def require_features(self, sequences: Sequence[np.ndarray], source: str) -> None:
        """Refuses sequences of another width.

        Raises:
            RnnkitError: With both.
        """
        if (found := sequences[0].shape[1]) != self.features:
            raise RnnkitError(
                "",
                f"{source}: {found} features a step",
                f"Expected {self.features}, as in training",
            )
