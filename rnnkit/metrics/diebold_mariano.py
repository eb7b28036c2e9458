"""The test of Diebold and Mariano (1995): whether forecasts are better than others by more than
chance, though the losses of neighbouring origins are correlated.
"""

from __future__ import annotations

import math

import numpy as np

from rnnkit.metrics.distributions import student_tail

FEWEST = 5
"""The fewest origins for a test."""


def are_enough(rows: int, horizon: int) -> bool:
    """Whether there are enough origins for a test, as `horizon` neighbours share their targets."""
    return rows >= max(FEWEST, 3 * horizon)


def p_value_of_advantage(losses: np.ndarray, other_losses: np.ndarray, horizon: int) -> float:
    """The p-value of the hypothesis that forecasts are better than others by chance alone.

    Args:
        losses: The loss of each origin, (origins,), in chronological order.
        other_losses: The losses of the other forecasts, (origins,).
        horizon: The steps ahead: so many neighbouring origins share targets, and have correlated
            losses.

    Returns:
        The upper tail of Student's t; 0.5 if all losses are equal, nan if origins are too few.
    """
    advantage = other_losses.astype(np.float64) - losses
    if not are_enough(len(advantage), horizon):
        return float("nan")
    mean, error = float(advantage.mean()), standard_error(advantage, horizon)
    if error <= 0:
        return 0.5 if mean == 0 else float(mean < 0)
    return student_tail(mean / error, len(advantage) - 1)


def standard_error(differences: np.ndarray, horizon: int) -> float:
    """The standard error of the mean of differences, each correlated with the `horizon` - 1 before
    it, corrected for short series (Harvey, Leybourne and Newbold 1997); their ratio has Student's t
    distribution with one degree of freedom less than rows.

    Args:
        differences: (rows,), in chronological order.
        horizon: The steps ahead.
    """
    rows, lags = len(differences), _autocovariances(differences, horizon)
    variance = lags[0] + 2 * sum(lags[1:])
    if variance <= 0:  # weights that keep it from being negative
        variance = max(0.0, _newey_west(lags))
    correction = (rows + 1 - 2 * horizon + horizon * (horizon - 1) / rows) / rows
    return math.sqrt(variance / rows / correction)


def _autocovariances(values: np.ndarray, horizon: int) -> list[float]:
    """The autocovariances at lags 0 to `horizon` - 1."""
    rows, centred = len(values), values - values.mean()
    return [float(centred[lag:] @ centred[: rows - lag]) / rows for lag in range(horizon)]


def _newey_west(lags: list[float]) -> float:
    """The long-run variance with weights that keep it from being negative (Newey and West 1987)."""
    horizon = len(lags)
    return sum(
        (1 if lag == 0 else 2) * (1 - lag / horizon) * covariance
        for lag, covariance in enumerate(lags)
    )
