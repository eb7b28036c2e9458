"""Which unit tells something apart best, or follows it most closely."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

Array = np.ndarray

FEWEST = 20  # rows of a half, below which nothing is said
FEWEST_OF_A_KIND = 5


@dataclass(frozen=True)
class Follower:
    """A unit and what it follows.

    Args:
        unit: Its number, from 0.
        score: For something true or false, the area under the ROC curve: the probability that the
            unit is higher where it is true. For a number, the correlation. Both on rows by which
            the unit was not chosen.
        is_area: Whether it is an area.
    """

    unit: int
    score: float
    is_area: bool

    @property
    def rises(self) -> bool:
        """Whether the unit is higher where what it follows is true, or larger."""
        return self.score > (0.5 if self.is_area else 0)


def strength(score: float, *, is_area: bool) -> float:
    """0 for a unit that says nothing, 1 for one that says all; arguments as in `Follower`."""
    return abs(2 * score - 1) if is_area else abs(score)


class Halves:
    """Values of units in two halves of the rows: one chooses a unit, which is scored in the other,
    because the best of many is good by chance in the rows that it was chosen by.

    Args:
        values: (rows, units).
        first: (rows,) which belong to the half that chooses.
    """

    def __init__(self, values: Array, first: Array):
        self._first, self._values, self._others = first, values[first], values[~first]

    def follower(self, target: Array) -> Follower | None:
        """The unit that follows a target best.

        Args:
            target: (rows,) booleans, or numbers.

        Returns:
            None if the rows are too few, or the target does not vary in both halves.
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
        return Follower(unit, float(score), target.dtype == bool)

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
        positive: (rows,) booleans, of both kinds.
    """
    return _areas(_ranked(values), positive)


def _areas(ranks: Array, positive: Array) -> Array:
    count, others = int(positive.sum()), int((~positive).sum())
    result: Array = (ranks[:, positive].sum(axis=1) - count * (count + 1) / 2) / (count * others)
    return result


def _ranked(values: Array) -> Array:
    """(units, rows) of (rows, units)."""
    return np.stack([_ranks(unit) for unit in values.T])


def _ranks(values: Array) -> Array:
    """From 1, those of equal values averaged."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Array = (last - (counts - 1) / 2)[inverse]
    return ranks


def correlations(values: Array, target: Array) -> Array:
    """The correlation of each unit with a number, (units,); 0 for a unit that does not vary.

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
