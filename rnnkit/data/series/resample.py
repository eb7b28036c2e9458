"""Resamples rows by averaging them over steps of equal length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.data.raw.labelled import places
from rnnkit.data.series.grid import NO_ROWS, Grid, present
from rnnkit.data.times.clock import DAY, shown_time
from rnnkit.data.times.step import Step
from rnnkit.errors import RnnkitError, setting
from rnnkit.quantities import counted

if TYPE_CHECKING:
    import pandas as pd

MOST_STEPS_A_ROW = 1000  # a resampled series of more is a mistaken rule or a mistaken time
JITTER = 0.2  # of a step
USUAL = 0.95  # of the steps are filled as well as a full one


@dataclass(frozen=True)
class _Bins:
    """The step that each row belongs to.

    Args:
        step: Anchored where all rows stand alike in their steps.
        first: The number of the first step.
        index: (rows,) from it.
        steps: How many there are, those without a row among them.
    """

    step: Step
    first: int
    index: np.ndarray
    steps: int

    @classmethod
    def of(cls, grid: Grid, step: Step) -> _Bins:
        assert grid.times is not None
        anchored = (each.anchored(grid.times) for each in step.halves)
        step = next((each for each in anchored if each), step)
        numbers = step.number(grid.times)
        if step.length and step.length <= DAY and step.phase == 0:
            numbers = _nearest(grid.times, step, numbers)
        first = int(numbers.min())
        return cls(step, first, numbers - first, int(numbers.max()) - first + 1)

    def mean(self, values: np.ndarray) -> np.ndarray:
        """The mean of a column's numbers, or the last of its words, in each step."""
        there = present(values)
        if values.dtype.kind == "U":
            words = np.zeros(self.steps, values.dtype)
            words[self.index[there]] = values[there]
            return words
        counts = np.bincount(self.index[there], minlength=self.steps)
        totals = np.bincount(self.index[there], weights=values[there], minlength=self.steps)
        return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)


def _nearest(times: pd.DatetimeIndex, step: Step, numbers: np.ndarray) -> np.ndarray:
    """The steps that times belong to which jitter about the steps' own, on both sides of them; else
    the steps in which they lie.
    """
    nearest = step.number(times + np.timedelta64(step.length // 2, "us"))
    distances = np.abs((times - step.dates(nearest, times.tz)).to_numpy().astype("timedelta64[us]"))
    is_near = distances.astype(np.int64) <= JITTER * step.length
    different = len(times.unique())
    shared, still_shared = (different - len(np.unique(which)) for which in (numbers, nearest))
    return nearest if is_near.mean() >= USUAL and still_shared < shared else numbers


def leaves_gaps(grid: Grid, step: Step) -> bool:
    """Whether a step between the first and the last row lacks a number when it is resampled."""
    bins = _Bins.of(grid, step)
    if bins.steps > MOST_STEPS_A_ROW * len(grid):
        return True
    return not all(present(bins.mean(values)).all() for values in grid.columns.values())


def resampled(
    grid: Grid, step: Step, targets: Sequence[str], *, keep_partial: bool
) -> tuple[Grid, list[str]]:
    """The mean of the numbers, and the last of the words, in each step.

    Args:
        grid: Columns with their times, in any order.
        step: Its length.
        targets: The columns to forecast: the ends of their rows say which step is full.
        keep_partial: Whether a first or last step is kept that the rows do not fill.

    Raises:
        RnnkitError: If the rows are far fewer than the steps.
    """
    assert grid.times is not None
    bins = _Bins.of(grid, step)
    if bins.steps > MOST_STEPS_A_ROW * len(grid):
        few = counted(len(grid), "row")
        got = f"{grid.source}: {few} would become {bins.steps:,} steps of {step}"
        raise RnnkitError("", got, "Expected a longer step", "Is one of the times wrong?")
    times = bins.step.dates(bins.first + np.arange(bins.steps), grid.times.tz)
    columns = {name: bins.mean(values) for name, values in grid.columns.items()}
    notes = _joined(grid, bins)
    whole = replace(grid, columns=columns, times=times, step=bins.step, rows=NO_ROWS)
    if keep_partial or not targets:
        return whole, notes
    has_target = np.any([present(grid.columns[name]) for name in targets], axis=0)
    first, end = 0, bins.steps
    for at_end in (False, True):
        partial = _partial(grid, bins, has_target, at_end=at_end)
        if partial is None:
            continue
        number, rows, usual = partial
        which = "last" if at_end else "first"
        notes.append(
            f"{grid.source}: the {which} step of {step}, {shown_time(times[number])}, has"
            f" {counted(rows, 'row')} where others have {usual:,}, and is left"
            f" out ({setting('partial', 'keep')} keeps it)"
        )
        if not at_end:
            first = number + 1
        elif number == bins.steps - 1:
            end = number
        else:  # what is known of the future follows
            for name in targets:
                columns[name][number:] = "" if columns[name].dtype.kind == "U" else np.nan
    return whole.part(first, end), notes


def _partial(
    grid: Grid, bins: _Bins, rows: np.ndarray, *, at_end: bool
) -> tuple[int, int, int] | None:
    """The first or last step, where it begins later, or ends earlier, than nearly all others do,
    and has fewer rows: its number, its rows, and those that others have.
    """
    assert grid.times is not None
    index, micros = bins.index[rows], grid.times.asi8[rows]
    counts = np.bincount(index, minlength=bins.steps)
    there = np.flatnonzero(counts)
    if len(there) < 3 or np.median(counts[there]) < 2:
        return None
    bounds = bins.step.unanchored.dates(bins.first + np.arange(bins.steps + 1), grid.times.tz).asi8
    if at_end:
        edges = np.full(bins.steps, np.iinfo(np.int64).min)
        np.maximum.at(edges, index, micros)
        missing = bounds[1:] - edges
    else:
        edges = np.full(bins.steps, np.iinfo(np.int64).max)
        np.minimum.at(edges, index, micros)
        missing = edges - bounds[:-1]
    which = int(there[-1] if at_end else there[0])
    others = there[1:-1]
    usual = int(np.median(counts[others]))
    if counts[which] < usual and missing[which] > np.quantile(missing[others], USUAL):
        return which, int(counts[which]), usual
    return None


def _joined(grid: Grid, bins: _Bins) -> list[str]:
    """Lines about rows that go back, repeat a time, or were averaged."""
    assert grid.times is not None
    rows_of = np.bincount(bins.index, minlength=bins.steps)
    back = np.flatnonzero(np.diff(grid.times.asi8) < 0) + 1
    repeated = len(grid) - len(grid.times.unique())
    notes = []
    if back.size:
        rows = counted(len(back), "row goes", "rows go")
        notes.append(
            f"{grid.source}: {rows} back in time: {places([grid.place(int(row)) for row in back])}"
        )
    if repeated:
        rows = counted(repeated, "row repeats", "rows repeat")
        notes.append(f"{grid.source}: {rows} a time: averaged with the others of the same step")
    if (joined := int((rows_of > 1).sum())) and joined > repeated:
        notes.append(
            f"{grid.source}: {len(grid):,} rows averaged into"
            f" {counted(int((rows_of > 0).sum()), 'step')} of {bins.step}"
        )
    return notes
