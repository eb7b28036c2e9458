"""Numbers on a scale that a network likes, and back to their own unit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.run import read_json, write_json


@dataclass(frozen=True)
class Scaler:
    """z = (x - mean) / scale for each feature.

    Args:
        mean: (features,) float32.
        scale: (features,) float32, above 0.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray, standard: bool) -> Scaler:
        """Mean 0 and deviation 1 on `values`, (steps, features); unchanged numbers where not `standard`."""
        features = values.shape[1]
        if not standard:
            return cls(np.zeros(features, np.float32), np.ones(features, np.float32))
        deviation = values.std(axis=0)
        return cls(values.mean(axis=0), np.where(deviation > 0, deviation, 1).astype(np.float32))

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """(..., features) in the series' unit to the network's scale."""
        return (values - self.mean) / self.scale

    def unscaled(self, values: np.ndarray) -> np.ndarray:
        """Numbers of the first feature, (...), back in the series' unit."""
        return values * self.scale[0] + self.mean[0]

    def save(self, path: Path) -> None:
        """Writes scaler.json."""
        write_json(path, {"mean": self.mean.tolist(), "scale": self.scale.tolist()})

    @classmethod
    def load(cls, path: Path) -> Scaler:
        """The scaler of a run.

        Raises:
            RnnkitError: If the file is missing or damaged.
        """
        try:
            numbers = read_json(path)
            return cls(np.array(numbers["mean"], np.float32), np.array(numbers["scale"], np.float32))
        except (KeyError, TypeError, ValueError):
            raise RnnkitError(str(path), "damaged: no mean and scale", "", "Copy the run again, or train again") from None
