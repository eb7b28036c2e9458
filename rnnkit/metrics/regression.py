"""Errors of forecasts, in the series' own unit."""

from __future__ import annotations

import numpy as np

# Forecasts and targets are arrays of one shape.


def mae(forecasts: np.ndarray, targets: np.ndarray) -> float:
    """Mean absolute error."""
    return float(np.abs(_errors(forecasts, targets)).mean())


def rmse(forecasts: np.ndarray, targets: np.ndarray) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt((_errors(forecasts, targets) ** 2).mean()))


def smape(forecasts: np.ndarray, targets: np.ndarray) -> float:
    """Symmetric mean absolute percentage error, 200 |f - y| / (|f| + |y|), from 0 to 200
    (Makridakis and Hibon 2000); 0 where both are 0.
    """
    sizes = np.abs(forecasts.astype(np.float64)) + np.abs(targets)
    return float(200 * (np.abs(_errors(forecasts, targets)) / np.where(sizes > 0, sizes, 1)).mean())


def naive_error(series: np.ndarray, season: int, counted: np.ndarray) -> float:
    """The mean absolute error of the seasonal naive within a series: what MASE is scaled by
    (Hyndman and Koehler 2006).

    Args:
        series: The training set, (steps,).
        season: Steps of a season; 1 for the value before.
        counted: (steps,) whether a step is real, not imputed.

    Returns:
        The error; nan where no step has a real one a season before it.
    """
    pairs = counted[season:] & counted[:-season]
    changes = np.abs(series[season:].astype(np.float64) - series[:-season])[pairs]
    return float(changes.mean()) if changes.size else float("nan")


def coverage(lower: np.ndarray, upper: np.ndarray, targets: np.ndarray) -> float:
    """The share of targets that lie in their interval."""
    return float(((lower <= targets) & (targets <= upper)).mean())


def pinball(forecasts: np.ndarray, targets: np.ndarray, quantiles: np.ndarray) -> float:
    """Mean quantile loss: q (y - f) where the target lies above, (1 - q) (f - y) where below
    (Koenker and Bassett 1978).

    Args:
        forecasts: (..., quantiles).
        targets: (...).
        quantiles: (quantiles,) between 0 and 1.
    """
    errors = targets[..., None] - forecasts.astype(np.float64)
    return float(np.maximum(quantiles * errors, (quantiles - 1) * errors).mean())


def _errors(forecasts: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return forecasts.astype(np.float64) - targets
