"""How far back an input still changes an answer: a curve over distances, and how far it reaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray

DENSE = 16  # distances that are all measured
GROWTH = 1.25  # of those further away
ROUNDING = 1e-6  # below which a change, relative to the largest, is one of float32
HALF, MOST = 0.5, 0.95
FEWEST_ROWS = 4


@dataclass(frozen=True)
class Point:
    """The change of the answer when one step is replaced.

    Args:
        steps: How many steps before the newest one, from 0; below 0, after the step that is
            answered.
        change: Mean over the rows.
        error: Its standard error.
        rows: How many are so long.
    """

    steps: int
    change: float
    error: float
    rows: int


@dataclass(frozen=True)
class Reach:
    """Within how many steps an effect lies, counted from the newest one, which is the first.

    Args:
        half: Half of the sum over all steps.
        most: 95 % of it.
        all: All that is more than float32's rounding; 0 where nothing changes the answer.
    """

    half: int
    most: int
    all: int


def spaced(longest: int) -> list[int]:
    """The distances to measure, from 0 to `longest`: each of the first ones, then ever fewer."""
    found = list(range(min(DENSE, longest + 1)))
    while found[-1] < longest:
        found.append(min(longest, max(found[-1] + 1, round(found[-1] * GROWTH))))
    return found


class Changes:
    """Changes of many rows, by distance."""

    def __init__(self) -> None:
        self._by_distance: dict[int, list[Array]] = {}

    def add(self, steps: int, changes: Array) -> None:
        """The changes of some rows, (rows,)."""
        self._by_distance.setdefault(steps, []).append(changes)

    def points(self) -> list[Point]:
        """The mean at each distance that enough rows have, from the nearest."""
        gathered = {steps: np.concatenate(parts) for steps, parts in self._by_distance.items()}
        most = max(map(len, gathered.values()), default=0)
        return [
            Point(steps, float(own.mean()), _standard_error(own), len(own))
            for steps, own in sorted(gathered.items(), key=lambda item: (abs(item[0]), item[0]))
            if len(own) >= min(FEWEST_ROWS, most)
        ]


def _standard_error(changes: Array) -> float:
    """Of the mean; 0 where a single row says nothing about it."""
    return float(changes.std(ddof=1) / np.sqrt(len(changes))) if len(changes) > 1 else 0.0


def reach(points: Sequence[Point]) -> Reach:
    """How far the changes reach; those between two measured distances are interpolated. Of a curve
    in both directions, the sum of both.
    """
    longest = max((abs(one.steps) for one in points), default=-1)
    grid = np.arange(longest + 1)
    effect = np.zeros(longest + 1)
    for side in (
        [one for one in points if one.steps >= 0],
        [one for one in points if one.steps < 0],
    ):
        own = np.array(sorted((abs(one.steps), one.change) for one in side)).reshape(-1, 2)
        effect += np.interp(grid, own[:, 0], own[:, 1], left=0, right=0) if len(own) else 0.0
    largest = max((one.change for one in points), default=0.0)
    if not largest > 0:
        return Reach(0, 0, 0)
    share = np.cumsum(effect) / effect.sum()
    last = max(abs(one.steps) for one in points if one.change > ROUNDING * largest)
    most = _within(share, MOST)
    return Reach(_within(share, HALF), most, max(last + 1, most))


def _within(share: Array, part: float) -> int:
    return int(np.searchsorted(share, part - 1e-12)) + 1


def replacements(pool: Array, originals: Array, generator: np.random.Generator) -> Array:
    """A step drawn from the data for each of some steps, another one where there are several.

    Args:
        pool: (steps, ...) of the data.
        originals: (rows, ...) those to be replaced.
        generator: Draws.
    """
    drawn = pool[generator.integers(len(pool), size=len(originals))]
    for _ in range(20):
        same = np.array(
            [np.array_equal(one, other) for one, other in zip(drawn, originals, strict=True)]
        )
        if not same.any():
            break
        drawn[same] = pool[generator.integers(len(pool), size=int(same.sum()))]
    return drawn


def total_variation(first: Array, second: Array) -> Array:
    """Half the sum of the absolute differences of two distributions over the last axis: 0 for the
    same, 1 for those that share nothing.
    """
    distance: Array = np.abs(first - second).sum(axis=-1) / 2
    return distance


def mean_change(first: Array, second: Array) -> Array:
    """The mean absolute difference over the last axis."""
    change: Array = np.abs(first - second).mean(axis=-1)
    return change


def worded(reached: Reach, longest: int, unit: str) -> str:
    """How far an effect reaches, in a sentence.

    Args:
        reached: The numbers.
        longest: The furthest distance that was measured.
        unit: What a step is: "tokens".
    """
    if not reached.all:
        return "nothing that was replaced changes the answer"
    said = f"half of the effect lies within {_last(reached.half, unit)}"
    said += f", 95 % within {_last(reached.most, unit)}"
    if reached.all > longest:
        return f"{said}, and all {longest + 1} that were tried count"
    return f"{said}, and none beyond {_last(reached.all, unit)}"


def _last(steps: int, unit: str) -> str:
    return f"the last {unit.removesuffix('s')}" if steps == 1 else f"the last {steps} {unit}"


def furthest(points: Iterable[Point]) -> int:
    """The furthest distance that was measured."""
    return max((abs(one.steps) for one in points), default=0)
