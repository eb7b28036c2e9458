"""The unit of a layer that best predicts a trait of the input."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

Array = np.ndarray

FEWEST = 20  # rows of a half
FEWEST_OF_A_KIND = 5  # rows with, and rows without a trait


@dataclass(frozen=True)
class BestUnit:
    """The unit that best predicts a trait.

    Args:
        unit: Its index.
        score: For a boolean trait, the area under the ROC curve: the probability that the unit is
            higher for a row with the trait than for one without. For a number, the correlation.
            Both are computed on rows by which the unit was not chosen.
        is_area: Whether the score is an area.
    """

    unit: int
    score: float
    is_area: bool

    @property
    def rises(self) -> bool:
        """Whether the unit increases with the trait."""
        return self.score > (0.5 if self.is_area else 0)


def strength(score: float, *, is_area: bool) -> float:
    """From 0 for a score of chance to 1 for a perfect one; arguments as in `BestUnit`."""
    return abs(2 * score - 1) if is_area else abs(score)


class Halves:
    """The values of units in two halves of the rows: a unit is chosen on one and scored on the
    other, as the best of many units scores well by chance on the rows by which it was chosen.

    Args:
        values: (rows, units).
        first: Whether each row belongs to the half by which units are chosen, (rows,).
    """

    def __init__(self, values: Array, first: Array):
        self._first, self._values, self._others = first, values[first], values[~first]

    def best_unit(self, target: Array) -> BestUnit | None:
        """The unit that best predicts a target.

        Args:
            target: Booleans or numbers, (rows,).

        Returns:
            The unit; None if rows are too few, or the target is constant in a half.
        """
        chosen_by, scored_by = target[self._first], target[~self._first]
        if not (_varies(chosen_by) and _varies(scored_by)):
            return None
        if target.dtype == bool:
            unit = int(np.abs(_areas(self._ranks, chosen_by) - 0.5).argmax())
            (score,) = areas(self._others[:, [unit]], scored_by)
        else:
            unit = int(np.abs(correlations(self._values, chosen_by)).argmax())
            (score,) = correlations(self._others[:, [unit]], scored_by)
        return BestUnit(unit, float(score), target.dtype == bool)

    @cached_property
    def _ranks(self) -> Array:
        return _ranked(self._values)


def _varies(target: Array) -> bool:
    if len(target) < FEWEST:
        return False
    if target.dtype == bool:
        return min(target.sum(), (~target).sum()) >= FEWEST_OF_A_KIND
    return bool(np.ptp(target) > 0)


def areas(values: Array, positive: Array) -> Array:
    """The area under the ROC curve of each unit, (units,), ties counted half (Mann and Whitney
    1947).

    Args:
        values: (rows, units).
        positive: Booleans, (rows,), not all equal.
    """
    return _areas(_ranked(values), positive)


def _areas(ranks: Array, positive: Array) -> Array:
    count, others = int(positive.sum()), int((~positive).sum())
    result: Array = (ranks[:, positive].sum(axis=1) - count * (count + 1) / 2) / (count * others)
    return result


def _ranked(values: Array) -> Array:
    """The ranks of (rows, units) values within each unit, (units, rows)."""
    return np.stack([_ranks(unit) for unit in values.T])


def _ranks(values: Array) -> Array:
    """The ranks from 1 on, averaged over equal values."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Array = (last - (counts - 1) / 2)[inverse]
    return ranks


def correlations(values: Array, target: Array) -> Array:
    """The correlation of each unit with a number, (units,); 0 for a constant unit.

    Args:
        values: (rows, units).
        target: (rows,).
    """
    centred = values.astype(np.float64) - values.mean(axis=0, dtype=np.float64)
    other = target.astype(np.float64) - target.mean(dtype=np.float64)
    size = np.sqrt((centred**2).sum(axis=0) * (other**2).sum())
    products = centred.T @ other
    result: Array = np.divide(products, size, out=np.zeros_like(products), where=size > 0)
    return result
