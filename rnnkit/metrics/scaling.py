"""The score by the size of the training set, and its extrapolation to twice the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FLOORS = np.append(
    np.linspace(0, 0.95, 20), 0.99
)  # shares of the smallest error that more data cannot reduce
DRAWS = 500
INTERVAL = (0.025, 0.975)


@dataclass(frozen=True)
class Curve:
    """A score by the size of the training set.

    Args:
        sizes: The numbers of training examples, ascending.
        scores: The mean score of each size.
        errors: Their standard errors over rows and seeds.
        doubled: The predicted score of twice the largest size, by a power law.
        low: The lower end of its 95 % interval.
        high: The upper end.
        held_out: The error for the last point of a fit to all others.
        sentence: The conclusion, in words.
    """

    sizes: tuple[int, ...]
    scores: tuple[float, ...]
    errors: tuple[float, ...]
    doubled: float
    low: float
    high: float
    held_out: float
    sentence: str = ""


@dataclass(frozen=True)
class PowerLaw:
    """error = scale * size^-exponent + floor, none of them negative (Hestness et al. 2017)."""

    scale: float
    exponent: float
    floor: float

    def at(self, size: float) -> float:
        """The error with this number of examples."""
        return float(self.scale * size**-self.exponent + self.floor)


Numbers = Sequence[float] | np.ndarray


def fit_power_law(sizes: Numbers, errors: Numbers, deviations: Numbers) -> PowerLaw:
    """The power law of least weighted squares: a line through logarithms for each floor of a grid.

    Args:
        sizes: The sizes of training sets, (points,).
        errors: The errors, at least 0, (points,).
        deviations: The standard errors of the errors, (points,).
    """
    x, y = np.log(np.asarray(sizes, float)), np.maximum(np.asarray(errors, float), 1e-12)
    widths = np.maximum(np.asarray(deviations, float), 0.01 * y.max())
    best, law = np.inf, PowerLaw(float(y.mean()), 0.0, 0.0)
    for floor in FLOORS * y.min():
        rest = y - floor
        weights = (rest / widths) ** 2  # of logarithms, by error propagation
        middle = np.average(x, weights=weights), np.average(np.log(rest), weights=weights)
        centred = x - middle[0]
        slope = float((weights * centred * (np.log(rest) - middle[1])).sum())
        exponent = max(0.0, -slope / float((weights * centred**2).sum()))
        scale = float(np.exp(middle[1] + exponent * middle[0]))
        fitted = scale * np.exp(-exponent * x) + floor
        loss = float((((fitted - y) / widths) ** 2).sum())
        if loss < best - 1e-12:
            best, law = loss, PowerLaw(scale, exponent, float(floor))
    return law


def doubled(
    sizes: Sequence[float], errors: Numbers, deviations: Numbers, seed: int = 0
) -> tuple[float, float, float, float]:
    """The predicted error of twice the largest size, its 95 % interval by fits to points drawn
    within their errors and the misfit, and the error for the last point of a fit to all others.

    Args:
        sizes: At least three sizes, (points,).
        errors: The errors, (points,).
        deviations: The standard errors of the errors, (points,).
        seed: The random seed of the draws.
    """
    y, widths = np.asarray(errors, float), np.asarray(deviations, float)
    law, target = fit_power_law(sizes, y, widths), 2 * sizes[-1]
    fitted = np.array([law.at(size) for size in sizes])
    misfit = float(np.sqrt(((fitted - y) ** 2).sum() / max(1, len(y) - 3)))
    spread = np.maximum(widths, misfit)
    generator = np.random.default_rng(seed)
    draws = [
        fit_power_law(sizes, np.maximum(y + generator.normal(size=len(y)) * spread, 0), spread)
        for _ in range(DRAWS)
    ]
    low, high = np.quantile([draw.at(target) for draw in draws], INTERVAL)
    before = fit_power_law(sizes[:-1], y[:-1], widths[:-1])
    value = law.at(target)
    low, high = min(float(low), value), max(float(high), value)
    return value, low, high, abs(before.at(sizes[-1]) - float(y[-1]))
