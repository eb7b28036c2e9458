"""Whether forecasts are better than others by more than chance, where the losses of neighbouring
origins are correlated (Diebold and Mariano 1995).
"""

from __future__ import annotations

import math

import numpy as np

from rnnkit.metrics.distributions import student_tail

FEWEST = 5
"""How many rows a test needs at least."""


def are_enough(rows: int, horizon: int) -> bool:
    """Whether so many origins can tell anything: of neighbouring ones `horizon` say nearly the same
    as one.
    """
    return rows >= max(FEWEST, 3 * horizon)


def chance_of_advantage(own: np.ndarray, other: np.ndarray, horizon: int) -> float:
    """The p-value of the hypothesis that forecasts are better than others by chance alone.

    Args:
        own: The loss of each origin, (origins,), in the order of time.
        other: The same of the other forecasts.
        horizon: Steps ahead: as many neighbouring origins share targets, so that their losses are
            correlated.

    Returns:
        The upper tail of Student's t; 0.5 where both are equal, nan where there are too few origins
        to tell from.
    """
    advantage = other.astype(np.float64) - own
    if not are_enough(len(advantage), horizon):
        return float("nan")
    mean, error = float(advantage.mean()), standard_error(advantage, horizon)
    if error <= 0:
        return 0.5 if mean == 0 else float(mean < 0)
    return student_tail(mean / error, len(advantage) - 1)


def standard_error(apart: np.ndarray, horizon: int) -> float:
    """The standard error of a mean of differences of which each is correlated with the `horizon`
    - 1 before it, corrected for short series (Harvey, Leybourne and Newbold 1997); compare the mean
    with it by Student's t of one less than the rows.

    Args:
        apart: (rows,) differences in the order of time.
        horizon: Steps ahead.
    """
    rows, lags = len(apart), _autocovariances(apart, horizon)
    variance = lags[0] + 2 * sum(lags[1:])
    if variance <= 0:  # then weights that cannot make it so
        variance = max(0.0, _newey_west(lags))
    correction = (rows + 1 - 2 * horizon + horizon * (horizon - 1) / rows) / rows
    return math.sqrt(variance / rows / correction)


def _autocovariances(values: np.ndarray, horizon: int) -> list[float]:
    """The autocovariances at the lags 0 to `horizon` - 1."""
    rows, centred = len(values), values - values.mean()
    return [float(centred[lag:] @ centred[: rows - lag]) / rows for lag in range(horizon)]


def _newey_west(lags: list[float]) -> float:
    """The long-run variance with weights that keep it from being negative (Newey and West 1987)."""
    horizon = len(lags)
    return sum(
        (1 if lag == 0 else 2) * (1 - lag / horizon) * covariance
        for lag, covariance in enumerate(lags)
    )
