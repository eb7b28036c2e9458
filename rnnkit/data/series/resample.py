"""Averages rows over steps of equal length."""

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

MAX_STEPS_PER_ROW = 1000  # beyond it, the step or one of the times is taken for a mistake
JITTER = 0.2  # of a step
USUAL = 0.95  # the fraction of rows, or of steps, that a rule must hold for


@dataclass(frozen=True)
class _Bins:
    """The step that each row belongs to.

    Args:
        step: The step, anchored if all rows have the same place within their steps.
        first: The number of the first step.
        index: (rows,) the step of each row, counted from the first.
        steps: The number of steps from the first to the last, with those that have no row.
    """

    step: Step
    first: int
    index: np.ndarray
    steps: int

    @classmethod
    def of(cls, grid: Grid, step: Step) -> _Bins:
        assert grid.times is not None
        candidates = (candidate.anchored(grid.times) for candidate in step.halves)
        step = next((anchored for anchored in candidates if anchored), step)
        numbers = step.number(grid.times)
        if step.length and step.length <= DAY and step.phase == 0:
            numbers = _without_jitter(grid.times, step, numbers)
        first = int(numbers.min())
        return cls(step, first, numbers - first, int(numbers.max()) - first + 1)

    def mean(self, values: np.ndarray) -> np.ndarray:
        """The mean of the numbers, or the last category, of each step: (steps,)."""
        has_value = present(values)
        index = self.index[has_value]
        if values.dtype.kind == "U":
            words = np.zeros(self.steps, values.dtype)
            words[index] = values[has_value]
            return words
        counts = np.bincount(index, minlength=self.steps)
        totals = np.bincount(index, weights=values[has_value], minlength=self.steps)
        return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)


def _without_jitter(times: pd.DatetimeIndex, step: Step, numbers: np.ndarray) -> np.ndarray:
    """The number of the step nearest to each time, if the times jitter around the beginnings of
    steps and rounding gives fewer rows the same step; else `numbers`.

    Args:
        times: (rows,).
        step: The step.
        numbers: (rows,) the step that contains each time.
    """
    nearest = step.number(times + np.timedelta64(step.length // 2, "us"))
    distances = np.abs((times - step.dates(nearest, times.tz)).to_numpy().astype("timedelta64[us]"))
    is_near = distances.astype(np.int64) <= JITTER * step.length
    is_better = len(np.unique(nearest)) > len(np.unique(numbers))
    return nearest if is_near.mean() >= USUAL and is_better else numbers


def leaves_gaps(grid: Grid, step: Step) -> bool:
    """Whether averaging over a step leaves steps between the first and the last without a value."""
    bins = _Bins.of(grid, step)
    if bins.steps > MAX_STEPS_PER_ROW * len(grid):
        return True
    return not all(present(bins.mean(values)).all() for values in grid.columns.values())


def resampled(
    grid: Grid, step: Step, targets: Sequence[str], *, keep_partial: bool
) -> tuple[Grid, list[str]]:
    """Averages the numbers of each step, and takes the last of its categories.

    Args:
        grid: Columns with their times, in any order.
        step: The step.
        targets: The columns to forecast, whose rows decide whether a step is partial.
        keep_partial: Whether a first or last step that the rows do not fill is kept.

    Returns:
        A row for each step, and remarks about rows averaged and partial steps left out.

    Raises:
        RnnkitError: If there are far more steps than rows.
    """
    assert grid.times is not None
    bins = _Bins.of(grid, step)
    if bins.steps > MAX_STEPS_PER_ROW * len(grid):
        few = counted(len(grid), "row")
        got = f"{grid.source}: {few} would become {bins.steps:,} steps of {step}"
        raise RnnkitError("", got, "Expected a longer step", "Is one of the times wrong?")
    times = bins.step.dates(bins.first + np.arange(bins.steps), grid.times.tz)
    columns = {name: bins.mean(values) for name, values in grid.columns.items()}
    notes = _remarks(grid, bins)
    steps = replace(grid, columns=columns, times=times, step=bins.step, rows=NO_ROWS)
    if keep_partial or not targets:
        return steps, notes
    has_target = np.any([present(grid.columns[name]) for name in targets], axis=0)
    first, end = 0, bins.steps
    for at_end in (False, True):
        partial = _partial_step(grid, bins, has_target, at_end=at_end)
        if partial is None:
            continue
        number, rows, usual = partial
        position = "last" if at_end else "first"
        notes.append(
            f"{grid.source}: the {position} step of {step}, {shown_time(times[number])}, has"
            f" {counted(rows, 'row')} where others have {usual:,}, and is left"
            f" out ({setting('partial', 'keep')} keeps it)"
        )
        if not at_end:
            first = number + 1
        elif number == bins.steps - 1:
            end = number
        else:  # future steps follow, with columns known in advance
            for name in targets:
                columns[name][number:] = "" if columns[name].dtype.kind == "U" else np.nan
    return steps.part(first, end), notes


def _partial_step(
    grid: Grid, bins: _Bins, rows: np.ndarray, *, at_end: bool
) -> tuple[int, int, int] | None:
    """The first or last step, if its rows begin later or end earlier than in nearly all others and
    are fewer.

    Args:
        grid: The rows.
        bins: Their steps.
        rows: (rows,) whether a row has a target.
        at_end: The last step instead of the first.

    Returns:
        The number of the step, the number of its rows, and the usual number; None if it is full.
    """
    assert grid.times is not None
    index, micros = bins.index[rows], grid.times.asi8[rows]
    counts = np.bincount(index, minlength=bins.steps)
    nonempty = np.flatnonzero(counts)
    if len(nonempty) < 3 or np.median(counts[nonempty]) < 2:
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
    number = int(nonempty[-1] if at_end else nonempty[0])
    others = nonempty[1:-1]
    usual = int(np.median(counts[others]))
    if counts[number] < usual and missing[number] > np.quantile(missing[others], USUAL):
        return number, int(counts[number]), usual
    return None


def _remarks(grid: Grid, bins: _Bins) -> list[str]:
    """Remarks about rows that go back in time, repeat a time or were averaged."""
    assert grid.times is not None
    counts = np.bincount(bins.index, minlength=bins.steps)
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
    if (averaged := int((counts > 1).sum())) and averaged > repeated:
        notes.append(
            f"{grid.source}: {len(grid):,} rows averaged into"
            f" {counted(int((counts > 0).sum()), 'step')} of {bins.step}"
        )
    return notes
