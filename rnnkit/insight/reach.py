"""How far back an input still changes an answer: the changes by distance, and their reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray

DENSE = 16  # distances up to which all are measured
GROWTH = 1.25  # factor between larger distances
ROUNDING = 1e-6  # changes below it, relative to the largest, are rounding errors of float32
HALF, MOST = 0.5, 0.95
FEWEST_ROWS = 4


@dataclass(frozen=True)
class Point:
    """The change of the answer if one step is replaced.

    Args:
        steps: The distance of the step before the newest one, from 0; negative for steps after the
            one that is answered.
        change: The mean change over rows.
        error: Its standard error.
        rows: The number of rows that are long enough.
    """

    steps: int
    change: float
    error: float
    rows: int


@dataclass(frozen=True)
class Reach:
    """The numbers of newest steps within which shares of the effect lie.

    Args:
        half: The steps with half of the effect.
        most: The steps with 95 % of it.
        all: The steps with all changes above the rounding errors of float32; 0 if no step changes
            the answer.
    """

    half: int
    most: int
    all: int


def spaced(longest: int) -> list[int]:
    """The distances to measure, from 0 to `longest`: all short ones, then ever fewer."""
    distances = list(range(min(DENSE, longest + 1)))
    while distances[-1] < longest:
        distances.append(min(longest, max(distances[-1] + 1, round(distances[-1] * GROWTH))))
    return distances


class Changes:
    """The changes of many rows, collected by distance."""

    def __init__(self) -> None:
        self._by_distance: dict[int, list[Array]] = {}

    def add(self, steps: int, changes: Array) -> None:
        """Adds the changes of some rows, (rows,), at a distance."""
        self._by_distance.setdefault(steps, []).append(changes)

    def points(self) -> list[Point]:
        """The mean at each distance with enough rows, the nearest first."""
        joined = {steps: np.concatenate(parts) for steps, parts in self._by_distance.items()}
        most = max(map(len, joined.values()), default=0)
        return [
            Point(steps, float(changes.mean()), _standard_error(changes), len(changes))
            for steps, changes in sorted(joined.items(), key=lambda item: (abs(item[0]), item[0]))
            if len(changes) >= min(FEWEST_ROWS, most)
        ]


def _standard_error(changes: Array) -> float:
    """The standard error of the mean; 0 for a single row."""
    return float(changes.std(ddof=1) / np.sqrt(len(changes))) if len(changes) > 1 else 0.0


def reach(points: Sequence[Point]) -> Reach:
    """The reach of changes, interpolated between measured distances and summed over both
    directions.
    """
    longest = max((abs(point.steps) for point in points), default=-1)
    grid = np.arange(longest + 1)
    effect = np.zeros(longest + 1)
    before = [point for point in points if point.steps >= 0]
    after = [point for point in points if point.steps < 0]
    for side in filter(None, (before, after)):
        distances, changes = zip(
            *sorted((abs(point.steps), point.change) for point in side), strict=True
        )
        effect += np.interp(grid, distances, changes, left=0, right=0)
    largest = max((point.change for point in points), default=0.0)
    if not largest > 0:
        return Reach(0, 0, 0)
    share = np.cumsum(effect) / effect.sum()
    last = max(abs(point.steps) for point in points if point.change > ROUNDING * largest)
    most = _within(share, MOST)
    return Reach(_within(share, HALF), most, max(last + 1, most))


def _within(share: Array, part: float) -> int:
    return int(np.searchsorted(share, part - 1e-12)) + 1


def replacements(pool: Array, originals: Array, generator: np.random.Generator) -> Array:
    """A random step of the data for each of some steps, different from it if possible.

    Args:
        pool: The steps of the data, (steps, ...).
        originals: The steps to replace, (rows, ...).
        generator: The random generator.
    """
    drawn = pool[generator.integers(len(pool), size=len(originals))]
    for _ in range(20):
        same = np.array(
            [
                np.array_equal(step, original)
                for step, original in zip(drawn, originals, strict=True)
            ]
        )
        if not same.any():
            break
        drawn[same] = pool[generator.integers(len(pool), size=int(same.sum()))]
    return drawn


def total_variation(first: Array, second: Array) -> Array:
    """The total variation distance of distributions over the last axis: 0 for equal ones, 1 for
    disjoint ones.
    """
    distance: Array = np.abs(first - second).sum(axis=-1) / 2
    return distance


def mean_change(first: Array, second: Array) -> Array:
    """The mean absolute difference over the last axis."""
    change: Array = np.abs(first - second).mean(axis=-1)
    return change


def worded(reached: Reach, longest: int, unit: str) -> str:
    """The reach of an effect, in a sentence.

    Args:
        reached: The reach.
        longest: The largest measured distance.
        unit: What steps are: "tokens".
    """
    if not reached.all:
        return "nothing that was replaced changes the answer"
    sentence = f"half of the effect lies within {_last(reached.half, unit)}"
    sentence += f", 95 % within {_last(reached.most, unit)}"
    if reached.all > longest:
        return f"{sentence}, and all {longest + 1} that were tried count"
    return f"{sentence}, and none beyond {_last(reached.all, unit)}"


def _last(steps: int, unit: str) -> str:
    return f"the last {unit.removesuffix('s')}" if steps == 1 else f"the last {steps} {unit}"


def furthest(points: Iterable[Point]) -> int:
    """The largest measured distance."""
    return max((abs(point.steps) for point in points), default=0)
