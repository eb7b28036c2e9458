"""How many digits a number is written with: those that the data carry."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

LEAST = 7  # significant digits, as many as a network's float32 has
MOST_DECIMALS = 15
_EXACT = 2.0**53  # whole numbers that float64 can hold


class Digits(NamedTuple):
    """The decimal places of a series' forecasts.

    Args:
        carried: The digits that the data have.
        resolved: The digits beyond which a forecast is noise of the network's float32.
    """

    carried: int
    resolved: int = MOST_DECIMALS


def decimals_of(values: np.ndarray, most: int = MOST_DECIMALS) -> int:
    """Digits after the point that numbers are written with, at most so many.

    Args:
        values: (numbers,) float64; those that are not finite are passed over.
        most: From 0.
    """
    numbers = values[np.isfinite(values)]
    largest = float(np.abs(numbers).max(initial=0.0))
    for decimals in range(min(most, MOST_DECIMALS)):
        if largest * 10.0**decimals >= _EXACT or (np.round(numbers, decimals) == numbers).all():
            return decimals
    return min(most, MOST_DECIMALS)


def decimals_resolved(size: float) -> int:
    """Digits after the point down to which a float32 resolves numbers of this size."""
    if not (0 < size < math.inf):
        return 0
    return min(max(0, LEAST - math.floor(math.log10(size))), MOST_DECIMALS)


def significant_digits(values: np.ndarray) -> int:
    """How many digits tell the numbers of a series apart: those from the first of the largest on to
    that of a hundredth of their deviation; 15 at most, 1 at least.
    """
    largest, size = float(np.abs(values).max(initial=0.0)), float(values.std())
    if not (0 < size < math.inf):
        return 1
    digits = math.floor(math.log10(largest)) - math.floor(math.log10(size)) + 3
    return min(max(digits, 1), MOST_DECIMALS)


def rounded(value: float, digits: Digits) -> float:
    """A number with the digits after the point that the data carry, or with more where fewer than
    seven would be left of it and the network resolves them.
    """
    number = float(value)
    if not math.isfinite(number) or number == 0:
        return number
    significant = LEAST - 1 - math.floor(math.log10(abs(number)))
    return round(number, max(digits.carried, min(significant, digits.resolved)))


def as_read(values: np.ndarray) -> list[float | int]:
    """Measured numbers, (steps,), as a file has them: whole ones without a point where all are."""
    finite = values[np.isfinite(values)]
    if (finite == np.round(finite)).all() and np.abs(finite).max(initial=0.0) < _EXACT:
        return [int(value) if math.isfinite(value) else value for value in values.tolist()]
    return list(values.tolist())
