"""Numbers on a scale that a network likes, and back to their own unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.storage import write_json
from rnnkit.storage.damage import blaming
from rnnkit.storage.records import AGAIN, WHOLE, Record, read_record

SMALLEST = 1e-38  # float32 holds no smaller number at its full precision


class Scale(Record):
    """What scaler.json says of the numbers."""

    mean: list[float]
    scale: list[float]
    pads: bool = False


@dataclass(frozen=True)
class Scaler:
    """z = (x - mean) / scale for each feature, computed in float64.

    Args:
        mean: (features,) float64.
        scale: (features,) float64, above 0.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray, standard: bool) -> Scaler:
        """Mean 0 and deviation 1 on `values`, (steps, features); unchanged numbers where not
        `standard`.
        """
        features = values.shape[1]
        if not standard:
            return cls(np.zeros(features), np.ones(features))
        values = values.astype(np.float64)
        changes = np.ptp(values, axis=0) > 0
        # The mean of equal numbers is not quite that number, nor is their deviation quite 0.
        return cls(
            np.where(changes, values.mean(axis=0), values[0]),
            _above_zero(np.where(changes, values.std(axis=0), 0)),
        )

    @classmethod
    def of_changes(cls, series: Sequence[np.ndarray], lag: int = 1) -> Scaler:
        """Changes over `lag` steps within each series, (steps, features), with a mean square of
        1.
        """
        values = [each.astype(np.float64) for each in series]
        changes = np.concatenate([each[lag:] - each[:-lag] for each in values])
        size = np.sqrt((changes**2).mean(axis=0))
        return cls(np.concatenate(values).mean(axis=0), _above_zero(size))

    @classmethod
    def of(cls, mean: Any, scale: Any) -> Scaler:
        """The scaler of two lists.

        Raises:
            ValueError: If they are not such lists.
        """
        numbers = np.array([mean, scale], np.float64)
        if (
            numbers.ndim != 2
            or not numbers.size
            or not np.isfinite(numbers).all()
            or (numbers[1] <= 0).any()
        ):
            raise ValueError("no mean and scale")
        return cls(*numbers)

    def save(self, path: Path, **further: bool) -> None:
        """Writes scaler.json, with further facts about how numbers are read."""
        scale = {"mean": self.mean.tolist(), "scale": self.scale.tolist()}
        write_json(path, {**scale, **further})

    @classmethod
    def load(cls, path: Path) -> Scaler:
        """The scaler of a run.

        Raises:
            RnnkitError: If the file is missing or damaged.
        """
        content = read_record(path, Scale)
        with blaming(str(path), expected=WHOLE, hint=AGAIN):
            return cls.of(content.mean, content.scale)

    def but_for(self, left_alone: np.ndarray) -> Scaler:
        """The same, but the features of a (features,) mask stay as they are."""
        return Scaler(np.where(left_alone, 0.0, self.mean), np.where(left_alone, 1.0, self.scale))

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """(..., features) in the series' unit to the network's scale, float64."""
        return (values.astype(np.float64) - self.mean) / self.scale

    def unscaled(self, values: np.ndarray) -> np.ndarray:
        """Numbers of the first features, (..., first features), back in their own units."""
        features = values.shape[-1]
        return values.astype(np.float64) * self.scale[:features] + self.mean[:features]


def _above_zero(sizes: np.ndarray) -> np.ndarray:
    """Sizes to divide by: 1 in place of 0, and of what is too small to divide by."""
    return np.where(sizes > SMALLEST, sizes, 1.0)
