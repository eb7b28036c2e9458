"""Brings a part that was drawn nearer to its share of the rows and of every label, by exchanging
units between it and the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnkit.data.raw.units import Units

NEAR = 0.03  # of a wanted number of rows with a label: nearer than this, or than one row, will do
OF_ROWS = 1e4  # how much more the share of the rows counts than that of a label
EMPTY = 1e12  # the cost of an empty part
NEVER = 1e15  # the cost of a label, or of all, without a row to learn from
AT_ONCE = 4096  # units of a larger data set that are looked at together, drawn by chance
RESTARTED = 512  # units, up to which further beginnings are tried
FURTHER = 256  # units to exchange for another one, where a few gained nothing
STEPS = 1000
NOTHING = 1e-9


@dataclass(frozen=True)
class Wanted:
    """What a part is to hold.

    Args:
        rows: How many rows; at least one, and one stays.
        tolerance: By how many they may differ.
        left: How many rows there are.
        label_rows: (labels,) how many rows with each label.
        required: (labels,) whether one is wanted in any case.
        most: (labels,) how many rows with each label leave the rest one.
        near: How near rows with a label are to be brought, as a share of their number.
    """

    rows: float
    tolerance: float
    left: int
    label_rows: np.ndarray
    required: np.ndarray
    most: np.ndarray
    near: float = NEAR

    def cost(self, rows: np.ndarray) -> np.ndarray:
        """How far numbers of rows are from the wanted one."""
        beyond = np.maximum(np.abs(rows - self.rows) - self.tolerance, 0)
        empty = EMPTY * (rows < min(self.rows, 1)) + NEVER * (rows >= self.left)
        return np.asarray(OF_ROWS * (beyond / max(self.rows, 1)) ** 2 + empty)

    def label_cost(self, labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """How far numbers of rows with these labels are from the wanted ones; that of a rare label
        counts for more.
        """
        low, high, scale, most = (array[labels] for array in self._bounds)
        beyond = np.maximum(np.maximum(low - rows, rows - high), 0)
        return np.asarray((beyond / scale) ** 2 + NEVER * (rows > most))

    @cached_property
    def _bounds(self) -> tuple[np.ndarray, ...]:
        wanted = self.label_rows
        near = np.maximum(self.near * wanted, 1)
        low = np.maximum(wanted - near, self.required)
        return low, wanted + near, np.maximum(wanted, 1), self.most


def exchanged(
    units: Units,
    pool: np.ndarray,
    drawn: np.ndarray,
    wanted: Wanted,
    random: np.random.Generator,
    restarts: int = 0,
) -> np.ndarray:
    """The units of a part, ascending: those that were drawn, or nearer to what is wanted.

    Args:
        units: All of them.
        pool: The units that the part may have, ascending.
        drawn: The units of the pool to begin with.
        wanted: What the part is to hold.
        random: Chooses the units to look at, where they are many, and further beginnings.
        restarts: How many further beginnings to try.
    """
    inside = np.isin(pool, drawn)
    search = _Search(units, pool, wanted, inside)
    search.run(random)
    best, cost = search.inside.copy(), search.cost
    if len(pool) <= RESTARTED:
        for _ in range(restarts):
            if cost <= 0:
                break
            flipped = random.random(len(pool)) < 0.5 * random.random()
            search = _Search(units, pool, wanted, best ^ flipped)
            search.run(random)
            if search.cost < cost:
                best, cost = search.inside.copy(), search.cost
    return pool[best]


class _Search:
    """Takes the best exchange again and again.

    Args:
        units: All units.
        pool: The units that the part may have.
        wanted: What the part is to hold.
        inside: (pool,) those that are in it.
    """

    def __init__(self, units: Units, pool: np.ndarray, wanted: Wanted, inside: np.ndarray):
        self._units, self._pool, self._wanted, self.inside = units, pool, wanted, inside.copy()
        starts = np.searchsorted(units.units, np.arange(len(units) + 1))
        self._starts, self._entries = starts[pool], np.diff(starts)[pool]
        self._rows = units.sizes[pool[inside]].sum()
        self._label_rows = units.label_rows(pool[inside])
        self._look(np.arange(0))

    @property
    def cost(self) -> float:
        """How far the part is from what is wanted."""
        wanted = self._wanted
        labels = wanted.label_cost(np.arange(len(self._label_rows)), self._label_rows)
        return float(wanted.cost(self._rows) + labels.sum())

    def run(self, random: np.random.Generator) -> None:
        """Exchanges until nothing is gained by it."""
        steps, idle = 0, 0
        all_at_once = len(self._pool) <= AT_ONCE
        while self.cost > 0 and steps < STEPS and idle < (1 if all_at_once else 3):
            some = random.choice(len(self._pool), min(AT_ONCE, len(self._pool)), replace=False)
            self._look(np.sort(some))
            before = steps
            while steps < STEPS and self._step(random):
                steps += 1
            idle = 0 if steps > before and not all_at_once else idle + 1

    def _look(self, some: np.ndarray) -> None:
        """Looks at some units of the pool, as their places in it."""
        self._some = some
        chosen = self._pool[some]
        first, counts = self._starts[some], self._entries[some]
        # of each unit its entries, one after the other
        self._of = np.repeat(np.arange(len(some)), counts)
        offsets = np.arange(len(self._of)) - np.repeat(np.cumsum(counts) - counts, counts)
        entries = np.repeat(first, counts) + offsets
        self._labels, self._counts = self._units.labels[entries], self._units.counts[entries]
        self._sizes = self._units.sizes[chosen]

    def _changes(self) -> tuple[np.ndarray, np.ndarray]:
        """What it costs to move each unit to the other side: for the labels, and in all."""
        sign = np.where(self.inside[self._some], -1, 1)
        present = self._label_rows[self._labels]
        moved = present + sign[self._of] * self._counts
        change = self._wanted.label_cost(self._labels, moved) - self._wanted.label_cost(
            self._labels, present
        )
        labels = np.bincount(self._of, change, minlength=len(self._some))
        rows = self._rows + sign * self._sizes
        return labels, labels + self._wanted.cost(rows) - self._wanted.cost(self._rows)

    def _move(self, unit: int) -> None:
        """Moves a unit to the other side."""
        place = self._some[unit]
        sign = -1 if self.inside[place] else 1
        self._rows += sign * self._sizes[unit]
        own = self._of == unit
        np.add.at(self._label_rows, self._labels[own], sign * self._counts[own])
        self.inside[place] ^= True

    def _step(self, random: np.random.Generator) -> bool:
        """Moves a unit, or exchanges two, where that brings the part nearer."""
        of_labels, changes = self._changes()
        inside, count = self.inside[self._some], len(self._some)
        few = [
            np.argsort(np.where(inside == side, of_labels, np.inf), kind="stable")[:2]
            for side in (False, True)
        ]
        return self._best_of(np.concatenate(few), changes) or self._best_of(
            random.choice(count, min(FURTHER, count), replace=False), changes
        )

    def _best_of(self, firsts: np.ndarray, changes: np.ndarray) -> bool:
        """Moves the best unit, or exchanges one of `firsts` for the best other one."""
        gain, moves = float(changes.min()), [int(changes.argmin())]
        inside = self.inside[self._some]
        for first in firsts.tolist():
            self._move(first)
            _, further = self._changes()
            further[inside == inside[first]] = np.inf
            self._move(first)
            second = int(further.argmin())
            if changes[first] + further[second] < gain - NOTHING:
                gain, moves = float(changes[first] + further[second]), [first, second]
        if gain >= -NOTHING:
            return False
        for unit in moves:
            self._move(unit)
        return True
