"""The importance of settings for a score, over trials that differ in several settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def importances(
    columns: Mapping[str, Sequence[str] | Sequence[float]], scores: Sequence[float]
) -> dict[str, float]:
    """The share of the scores' variance that each setting explains alone, 0 to 1: the adjusted R
    squared (Wherry 1931). Words are fitted by their means (one-way analysis of variance), numbers
    by a parabola; interactions of settings are not counted.

    Args:
        columns: The value of each setting in each trial, words or numbers.
        scores: The score of each trial.
    """
    y = np.asarray(scores, float)
    total = float(np.sum((y - y.mean()) ** 2))
    return {name: _share(values, y, total) for name, values in columns.items()}


def _share(values: Sequence[str] | Sequence[float], y: np.ndarray, total: float) -> float:
    design = _design(values)
    free = len(y) - design.shape[1]
    if total <= 0 or free <= 0 or design.shape[1] < 2:
        return 0.0
    fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    rest = float(np.sum((y - fitted) ** 2))
    return max(0.0, 1.0 - (rest / free) / (total / (len(y) - 1)))


def _design(values: Sequence[str] | Sequence[float]) -> np.ndarray:
    """(trials, parameters): a column for each word, or 1, x and x squared."""
    if all(isinstance(value, str) for value in values):
        _, index = np.unique(np.asarray(values), return_inverse=True)
        return np.eye(index.max() + 1)[index]
    x = np.asarray(values, float)
    x = (x - x.mean()) / (x.std() or 1.0)
    return np.stack([x**power for power in range(min(3, len(np.unique(x))))], axis=1)
