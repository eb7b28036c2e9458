"""Errors of forecasts, in the series' own unit."""

from __future__ import annotations

import numpy as np

# forecasts and targets have the same shape


def mae(forecasts: np.ndarray, targets: np.ndarray) -> float:
    """Mean absolute error."""
    return float(np.abs(_errors(forecasts, targets)).mean())


def rmse(forecasts: np.ndarray, targets: np.ndarray) -> float:
    """Root mean squared error."""
    return float(np.sqrt((_errors(forecasts, targets) ** 2).mean()))


def smape(forecasts: np.ndarray, targets: np.ndarray) -> float:
    """Symmetric mean absolute percentage error, the mean of 200 |f - y| / (|f| + |y|), from 0 to
    200 (Makridakis and Hibon 2000); 0 for steps where both are 0.
    """
    sizes = np.abs(forecasts.astype(np.float64)) + np.abs(targets)
    return float(200 * (np.abs(_errors(forecasts, targets)) / np.where(sizes > 0, sizes, 1)).mean())


def naive_error(series: np.ndarray, season: int, is_real: np.ndarray) -> float:
    """The mean absolute error of the seasonal naive forecast within a series, the scale of MASE
    (Hyndman and Koehler 2006).

    Args:
        series: The training series, (steps,).
        season: The steps of a season; 1 for the last value.
        is_real: Whether each step is real, not imputed, (steps,).

    Returns:
        The error; nan if no two real steps are a season apart.
    """
    pairs = is_real[season:] & is_real[:-season]
    changes = np.abs(series[season:].astype(np.float64) - series[:-season])[pairs]
    return float(changes.mean()) if changes.size else float("nan")


def coverage(lower: np.ndarray, upper: np.ndarray, targets: np.ndarray) -> float:
    """The share of targets that lie in their interval."""
    return float(((lower <= targets) & (targets <= upper)).mean())


def pinball(forecasts: np.ndarray, targets: np.ndarray, quantiles: np.ndarray) -> float:
    """The mean quantile loss: q (y - f) if the target y is above the forecast f, else
    (1 - q) (f - y) (Koenker and Bassett 1978).

    Args:
        forecasts: (..., quantiles).
        targets: (...).
        quantiles: (quantiles,) between 0 and 1.
    """
    errors = targets[..., None] - forecasts.astype(np.float64)
    return float(np.maximum(quantiles * errors, (quantiles - 1) * errors).mean())


def _errors(forecasts: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return forecasts.astype(np.float64) - targets
