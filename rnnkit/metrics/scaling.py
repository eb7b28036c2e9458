"""How a score follows the size of the training part, and what twice the data would give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FLOORS = np.append(np.linspace(0, 0.95, 20), 0.99)  # of the smallest error: what data cannot mend
DRAWS = 500
INTERVAL = (0.025, 0.975)


@dataclass(frozen=True)
class Curve:
    """A score by the size of the training part.

    Args:
        sizes: Examples of the training parts, ascending.
        scores: The mean score of each.
        errors: Their standard errors, of rows and seeds.
        doubled: What twice the largest part would give, by a power law.
        low: The lower end of its 95 % interval.
        high: The upper end.
        held_out: By how much a fit of all points but the last misses the last one.
        sentence: What may be said of it.
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
        """The error with so many examples."""
        return float(self.scale * size**-self.exponent + self.floor)


Numbers = Sequence[float] | np.ndarray


def fit_power_law(sizes: Numbers, errors: Numbers, deviations: Numbers) -> PowerLaw:
    """The power law that fits errors best by weighted squares: for each floor of a grid, a line
    through logarithms.

    Args:
        sizes: (points,) of training parts.
        errors: (points,) at least 0.
        deviations: (points,) their standard errors.
    """
    x, y = np.log(np.asarray(sizes, float)), np.maximum(np.asarray(errors, float), 1e-12)
    widths = np.maximum(np.asarray(deviations, float), 0.01 * y.max())
    best, law = np.inf, PowerLaw(float(y.mean()), 0.0, 0.0)
    for floor in FLOORS * y.min():
        rest = y - floor
        weights = (rest / widths) ** 2  # of a logarithm, by its slope
        middle = np.average(x, weights=weights), np.average(np.log(rest), weights=weights)
        apart = x - middle[0]
        slope = float((weights * apart * (np.log(rest) - middle[1])).sum())
        exponent = max(0.0, -slope / float((weights * apart**2).sum()))
        scale = float(np.exp(middle[1] + exponent * middle[0]))
        fitted = scale * np.exp(-exponent * x) + floor
        loss = float((((fitted - y) / widths) ** 2).sum())
        if loss < best - 1e-12:
            best, law = loss, PowerLaw(scale, exponent, float(floor))
    return law


def doubled(
    sizes: Sequence[float], errors: Numbers, deviations: Numbers, seed: int = 0
) -> tuple[float, float, float, float]:
    """What twice the largest size would give: the error, its 95 % interval by fits of points
    drawn within their errors and the misfit, and how far a fit without the last point misses it.

    Args:
        sizes: (points,) at least three.
        errors: (points,).
        deviations: (points,) their standard errors.
        seed: Seeds the draws.
    """
    y, widths = np.asarray(errors, float), np.asarray(deviations, float)
    law, target = fit_power_law(sizes, y, widths), 2 * sizes[-1]
    fitted = np.array([law.at(size) for size in sizes])
    misfit = float(np.sqrt(((fitted - y) ** 2).sum() / max(1, len(y) - 3)))
    spread = np.maximum(widths, misfit)
    generator = np.random.default_rng(seed)
    drawn = [
        fit_power_law(sizes, np.maximum(y + generator.normal(size=len(y)) * spread, 0), spread)
        for _ in range(DRAWS)
    ]
    low, high = np.quantile([each.at(target) for each in drawn], INTERVAL)
    before = fit_power_law(sizes[:-1], y[:-1], widths[:-1])
    value = law.at(target)
    low, high = min(float(low), value), max(float(high), value)
    return value, low, high, abs(before.at(sizes[-1]) - float(y[-1]))
