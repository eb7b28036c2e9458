"""Standardization of features, and its inverse."""

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
    """The content of scaler.json."""

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
        """Fits mean and standard deviation.

        Args:
            values: (steps, features).
            standard: Whether to standardize; else the scaler leaves numbers unchanged.
        """
        features = values.shape[1]
        if not standard:
            return cls(np.zeros(features), np.ones(features))
        values = values.astype(np.float64)
        varies = np.ptp(values, axis=0) > 0
        # rounding: the computed mean of equal numbers may differ from them, their deviation from 0
        return cls(
            np.where(varies, values.mean(axis=0), values[0]),
            _above_zero(np.where(varies, values.std(axis=0), 0)),
        )

    @classmethod
    def of_changes(cls, series: Sequence[np.ndarray], lag: int = 1) -> Scaler:
        """A scaler with which changes over `lag` steps have a mean square of 1.

        Args:
            series: Each (steps, features).
            lag: Steps over which a change is measured.
        """
        values = [array.astype(np.float64) for array in series]
        changes = np.concatenate([array[lag:] - array[:-lag] for array in values])
        size = np.sqrt((changes**2).mean(axis=0))
        return cls(np.concatenate(values).mean(axis=0), _above_zero(size))

    @classmethod
    def of(cls, mean: Any, scale: Any) -> Scaler:
        """A scaler from lists of numbers.

        Raises:
            ValueError: If they are not equally long lists of finite numbers, scales above 0.
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
        """Writes scaler.json, with further keys of a codec."""
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

    def without(self, mask: np.ndarray) -> Scaler:
        """The scaler that leaves the features of a mask, (features,) bool, unchanged."""
        return Scaler(np.where(mask, 0.0, self.mean), np.where(mask, 1.0, self.scale))

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Standardizes numbers, (..., features), to float64."""
        return (values.astype(np.float64) - self.mean) / self.scale

    def unscaled(self, values: np.ndarray) -> np.ndarray:
        """Inverts `scaled` for the first features, (..., first features)."""
        features = values.shape[-1]
        return values.astype(np.float64) * self.scale[:features] + self.mean[:features]


def _above_zero(sizes: np.ndarray) -> np.ndarray:
    """Replaces sizes that are 0, or too small to divide by, by 1."""
    return np.where(sizes > SMALLEST, sizes, 1.0)
