"""Rounds forecasts to the precision of their data."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

LEAST = 7  # significant digits of a float32
MOST_DECIMALS = 15
_EXACT = 2.0**53  # up to which float64 represents every integer


class Digits(NamedTuple):
    """The decimal places of a series' forecasts.

    Args:
        carried: Decimal places of the data.
        resolved: Decimal places beyond which a forecast is float32 noise.
    """

    carried: int
    resolved: int = MOST_DECIMALS


def decimals_of(values: np.ndarray, most: int = MOST_DECIMALS) -> int:
    """The number of decimal places that represent all numbers exactly.

    Args:
        values: (numbers,) float64; values that are not finite are ignored.
        most: The largest result.
    """
    numbers = values[np.isfinite(values)]
    largest = float(np.abs(numbers).max(initial=0.0))
    for decimals in range(min(most, MOST_DECIMALS)):
        if largest * 10.0**decimals >= _EXACT or (np.round(numbers, decimals) == numbers).all():
            return decimals
    return min(most, MOST_DECIMALS)


def decimals_resolved(size: float) -> int:
    """The number of decimal places to which float32 resolves numbers of this size."""
    if not (0 < size < math.inf):
        return 0
    return min(max(0, LEAST - math.floor(math.log10(size))), MOST_DECIMALS)


def significant_digits(values: np.ndarray) -> int:
    """The number of significant digits, 1 to 15, that resolve a hundredth of the standard deviation
    of a series.

    Args:
        values: (steps,) float64.
    """
    largest, size = float(np.abs(values).max(initial=0.0)), float(values.std())
    if not (0 < size < math.inf):
        return 1
    digits = math.floor(math.log10(largest)) - math.floor(math.log10(size)) + 3
    return min(max(digits, 1), MOST_DECIMALS)


def rounded(value: float, digits: Digits) -> float:
    """Rounds a number to the decimal places of the data, or to more if fewer than seven significant
    digits would be left and float32 resolves them.
    """
    number = float(value)
    if not math.isfinite(number) or number == 0:
        return number
    significant = LEAST - 1 - math.floor(math.log10(abs(number)))
    return round(number, max(digits.carried, min(significant, digits.resolved)))


def as_read(values: np.ndarray) -> list[float | int]:
    """Measured numbers, (steps,), as a file has them: as int if all are whole."""
    finite = values[np.isfinite(values)]
    if (finite == np.round(finite)).all() and np.abs(finite).max(initial=0.0) < _EXACT:
        return [int(value) if math.isfinite(value) else value for value in values.tolist()]
    return list(values.tolist())
