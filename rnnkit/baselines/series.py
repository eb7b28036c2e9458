"""Simple forecasts of a series."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import numpy as np

# Each takes the series, (steps, targets), and the origins, (windows,), which are the first steps to
# forecast, and returns (windows, horizon, targets).


def last_value(series: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
    """The last value before the origin, for every step ahead."""
    return np.repeat(series[origins - 1][:, None], horizon, axis=1)


def mean_value(series: np.ndarray, origins: np.ndarray, horizon: int, timesteps: int) -> np.ndarray:
    """The mean of the last `timesteps` values before the origin, for every step ahead."""
    return np.repeat(
        series[origins[:, None] - np.arange(1, timesteps + 1)].mean(axis=1, keepdims=True),
        horizon,
        axis=1,
    )


def seasonal_naive(
    series: np.ndarray, origins: np.ndarray, horizon: int, season: int
) -> np.ndarray:
    """The value of the same step of the last season before the origin; every origin must have
    `season` steps before it.
    """
    back = season - np.arange(horizon) % season
    return series[origins[:, None] - back]


class LinearAutoregression:
    """A linear function from all numbers of a window to the outputs.

    Args:
        weights: (timesteps * features + 1, outputs).
    """

    def __init__(self, weights: np.ndarray):
        self.weights = weights

    @classmethod
    def fit(cls, batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> Self:
        """The least-squares fit.

        Args:
            batches: Inputs (rows, timesteps, features) and outputs (rows, ...), in chunks.
        """
        # the size of the normal equations depends on the window, not on the series
        squares: np.ndarray | float = 0.0
        products: np.ndarray | float = 0.0
        for inputs, outputs in batches:
            x = _with_one(inputs)
            squares, products = (
                squares + x.T @ x,
                products + x.T @ outputs.reshape(len(x), -1).astype(np.float64),
            )
        return cls(np.linalg.lstsq(squares, products, rcond=None)[0])

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """The outputs, (rows, outputs), of (rows, timesteps, features) inputs."""
        return _with_one(inputs) @ self.weights


def _with_one(inputs: np.ndarray) -> np.ndarray:
    flat = inputs.reshape(len(inputs), -1).astype(np.float64)
    return np.concatenate([flat, np.ones((len(flat), 1))], axis=1)
