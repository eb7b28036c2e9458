"""Local search that brings a part closer to its share of the rows and of every label, by exchanging
units with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnkit.data.raw.units import Units

LABEL_TOLERANCE = 0.03  # of the target rows with a label (at least one row)
SIZE_WEIGHT = 1e4  # of the deviation in rows, relative to that of a label
EMPTY = 1e12  # the cost of an empty part
NEVER = 1e15  # the cost of leaving no row, or none with a label, to train on
SAMPLE = 4096  # units considered at a time, drawn at random from a larger data set
RESTART_UNITS = 512  # at most, for random restarts
CANDIDATES = 256  # further units to try exchanging, if the most promising ones gain nothing
STEPS = 1000
EPSILON = 1e-9


@dataclass(frozen=True)
class Target:
    """What a part should hold.

    Args:
        rows: Rows of the part.
        tolerance: Accepted deviation from `rows`.
        left: Rows that the part is drawn from; at least one must stay.
        label_rows: (labels,) rows with each label.
        required: (labels,) whether the part needs at least one row with the label.
        most: (labels,) the most rows with each label that leave one for training.
        label_tolerance: Accepted relative deviation from `label_rows`.
    """

    rows: float
    tolerance: float
    left: int
    label_rows: np.ndarray
    required: np.ndarray
    most: np.ndarray
    label_tolerance: float = LABEL_TOLERANCE

    def cost(self, rows: np.ndarray) -> np.ndarray:
        """The cost of parts of these sizes."""
        beyond = np.maximum(np.abs(rows - self.rows) - self.tolerance, 0)
        empty = EMPTY * (rows < min(self.rows, 1)) + NEVER * (rows >= self.left)
        return np.asarray(SIZE_WEIGHT * (beyond / max(self.rows, 1)) ** 2 + empty)

    def label_cost(self, labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The cost of these numbers of rows with these labels; a deviation of a rare label costs
        more.
        """
        low, high, scale, most = (array[labels] for array in self._bounds)
        beyond = np.maximum(np.maximum(low - rows, rows - high), 0)
        return np.asarray((beyond / scale) ** 2 + NEVER * (rows > most))

    @cached_property
    def _bounds(self) -> tuple[np.ndarray, ...]:
        rows = self.label_rows
        tolerance = np.maximum(self.label_tolerance * rows, 1)
        low = np.maximum(rows - tolerance, self.required)
        return low, rows + tolerance, np.maximum(rows, 1), self.most


def exchanged(
    units: Units,
    pool: np.ndarray,
    drawn: np.ndarray,
    target: Target,
    random: np.random.Generator,
    restarts: int = 0,
) -> np.ndarray:
    """Improves the units drawn for a part.

    Args:
        units: All units.
        pool: The units that the part may hold, ascending.
        drawn: The units of the pool to start from.
        target: What the part should hold.
        random: Draws the units to consider, if they are many, and the restarts.
        restarts: Number of random restarts.

    Returns:
        The units of the part, ascending.
    """
    inside = np.isin(pool, drawn)
    search = _Search(units, pool, target, inside)
    search.run(random)
    best, cost = search.inside.copy(), search.cost
    if len(pool) <= RESTART_UNITS:
        for _ in range(restarts):
            if cost <= 0:
                break
            flipped = random.random(len(pool)) < 0.5 * random.random()
            search = _Search(units, pool, target, best ^ flipped)
            search.run(random)
            if search.cost < cost:
                best, cost = search.inside.copy(), search.cost
    return pool[best]


class _Search:
    """Greedy search: makes the best exchange until none gains anything.

    Args:
        units: All units.
        pool: The units that the part may hold.
        target: What the part should hold.
        inside: (pool,) whether a unit is in the part.
    """

    def __init__(self, units: Units, pool: np.ndarray, target: Target, inside: np.ndarray):
        self._units, self._pool, self._target, self.inside = units, pool, target, inside.copy()
        starts = np.searchsorted(units.units, np.arange(len(units) + 1))
        self._starts, self._entries = starts[pool], np.diff(starts)[pool]
        self._rows = units.sizes[pool[inside]].sum()
        self._label_rows = units.label_rows(pool[inside])
        self._consider(np.arange(0))

    @property
    def cost(self) -> float:
        """The cost of the part as it is now."""
        labels = self._target.label_cost(np.arange(len(self._label_rows)), self._label_rows)
        return float(self._target.cost(self._rows) + labels.sum())

    def run(self, random: np.random.Generator) -> None:
        """Exchanges units until nothing is gained."""
        steps, idle = 0, 0
        is_whole = len(self._pool) <= SAMPLE
        while self.cost > 0 and steps < STEPS and idle < (1 if is_whole else 3):
            sample = random.choice(len(self._pool), min(SAMPLE, len(self._pool)), replace=False)
            self._consider(np.sort(sample))
            before = steps
            while steps < STEPS and self._step(random):
                steps += 1
            idle = 0 if steps > before and not is_whole else idle + 1

    def _consider(self, sample: np.ndarray) -> None:
        """Restricts the search to some units, given as their indices in the pool."""
        self._sample = sample
        chosen = self._pool[sample]
        first, counts = self._starts[sample], self._entries[sample]
        # the label entries of all units, end to end
        self._unit = np.repeat(np.arange(len(sample)), counts)
        offsets = np.arange(len(self._unit)) - np.repeat(np.cumsum(counts) - counts, counts)
        entries = np.repeat(first, counts) + offsets
        self._labels, self._counts = self._units.labels[entries], self._units.counts[entries]
        self._sizes = self._units.sizes[chosen]

    def _changes(self) -> tuple[np.ndarray, np.ndarray]:
        """The change in cost if a unit moves to the other side: of the labels alone, and in all."""
        sign = np.where(self.inside[self._sample], -1, 1)
        present = self._label_rows[self._labels]
        moved = present + sign[self._unit] * self._counts
        label_cost, cost = self._target.label_cost, self._target.cost
        change = label_cost(self._labels, moved) - label_cost(self._labels, present)
        labels = np.bincount(self._unit, change, minlength=len(self._sample))
        rows = self._rows + sign * self._sizes
        return labels, labels + cost(rows) - cost(self._rows)

    def _move(self, unit: int) -> None:
        """Moves a unit to the other side."""
        index = self._sample[unit]
        sign = -1 if self.inside[index] else 1
        self._rows += sign * self._sizes[unit]
        entries = self._unit == unit
        np.add.at(self._label_rows, self._labels[entries], sign * self._counts[entries])
        self.inside[index] ^= True

    def _step(self, random: np.random.Generator) -> bool:
        """Moves a unit or exchanges two; returns False if nothing is gained by it."""
        label_changes, changes = self._changes()
        inside, count = self.inside[self._sample], len(self._sample)
        promising = [
            np.argsort(np.where(inside == side, label_changes, np.inf), kind="stable")[:2]
            for side in (False, True)
        ]
        return self._best_of(np.concatenate(promising), changes) or self._best_of(
            random.choice(count, min(CANDIDATES, count), replace=False), changes
        )

    def _best_of(self, firsts: np.ndarray, changes: np.ndarray) -> bool:
        """Moves the best unit, or exchanges one of `firsts` for its best counterpart."""
        gain, moves = float(changes.min()), [int(changes.argmin())]
        inside = self.inside[self._sample]
        for first in firsts.tolist():
            self._move(first)
            _, further = self._changes()
            further[inside == inside[first]] = np.inf
            self._move(first)
            second = int(further.argmin())
            if changes[first] + further[second] < gain - EPSILON:
                gain, moves = float(changes[first] + further[second]), [first, second]
        if gain >= -EPSILON:
            return False
        for unit in moves:
            self._move(unit)
        return True
