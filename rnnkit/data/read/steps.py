"""The times of a series: their order, and steps of equal length."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from rnnkit.data.raw.labelled import places
from rnnkit.data.read.clock import Step, shown_time
from rnnkit.data.read.grid import Grid
from rnnkit.errors import RnnkitError

MOST_STEPS_A_ROW = 1000  # a resampled series of more is a mistaken rule or a mistaken time


def on_equal_steps(grid: Grid, rule: str | None) -> tuple[Grid, list[str]]:
    """The rows on steps of equal length, and lines about what was joined.

    Args:
        grid: Columns with their times.
        rule: The length of a step, over which the rows are averaged; "rows" where each row is a
            step, whatever time lies between; None where the grid's own step must be regular.

    Raises:
        RnnkitError: If the times are out of order, repeated or irregular.
    """
    if rule is not None and rule != "rows":
        return _resampled(grid, Step.parse(rule))
    _require_order(grid)
    assert grid.times is not None
    step = Step.between(grid.times)
    if step is None and rule is None and len(grid.times) > 1:
        _refuse_irregular(grid)
    return replace(grid, step=step), []


def _require_order(grid: Grid) -> None:
    """Rejects times that do not increase."""
    assert grid.times is not None
    back = np.flatnonzero(np.diff(grid.times) <= np.timedelta64(0, "s"))
    if not back.size:
        return
    index = int(back[0]) + 1
    here, before = shown_time(grid.times[index]), shown_time(grid.times[index - 1])
    if here == before:
        got = (
            f"{grid.source}: row {grid.rows[index]} repeats the time of row {grid.rows[index - 1]},"
            f" {here}"
        )
        hint = "Remove one, or name the step over which rows are averaged, such as `resample: 1h`"
    else:
        got = f"{grid.source}: row {grid.rows[index]}, {here}, stands after {before}"
        hint = (
            "Sort the file by time, or name the step over which rows are averaged, such as"
            " `resample: 1D`"
        )
    count = f" ({len(back):,} such rows)" if len(back) > 1 else ""
    raise RnnkitError("", f"{got}{count}", "Expected each row later than the one before", hint)


def _refuse_irregular(grid: Grid) -> None:
    assert grid.times is not None
    lengths = np.diff(grid.times).astype(np.int64)
    usual = Counter(lengths.tolist()).most_common(1)[0][0]
    odd = np.flatnonzero(lengths != usual)
    index = int(odd[0]) + 1
    got = (
        f"{grid.source}: row {grid.rows[index]}, {shown_time(grid.times[index])}, comes"
        f" {Step(int(lengths[odd[0]]))} after the row before; {len(lengths) - len(odd):,} of"
        f" {len(lengths):,} steps are {Step(usual)}"
    )
    hint = (
        f"Write `resample: {Step(usual)}` and `fill: previous`, or `resample: rows` where each row"
        " is a step"
    )
    raise RnnkitError("", got, "Expected equal steps", hint)


def _resampled(grid: Grid, step: Step) -> tuple[Grid, list[str]]:
    """The mean of the numbers, and the last of the words, in each step."""
    assert grid.times is not None
    numbers = step.number(grid.times)
    first, steps = int(numbers.min()), int(numbers.max() - numbers.min()) + 1
    if steps > MOST_STEPS_A_ROW * len(grid):
        got = f"{grid.source}: {len(grid):,} rows would become {steps:,} steps of {step}"
        raise RnnkitError("", got, "Expected a longer step", "Is a time mistaken?")
    index = numbers - first
    columns: dict[str, np.ndarray] = {}
    for name, values in grid.columns.items():
        if values.dtype.kind == "U":
            columns[name] = np.zeros(steps, values.dtype)
            columns[name][index[values != ""]] = values[values != ""]
            continue
        there = ~np.isnan(values)
        counts = np.bincount(index[there], minlength=steps)
        totals = np.bincount(index[there], weights=values[there], minlength=steps)
        columns[name] = np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)
    rows_of = np.bincount(index, minlength=steps)
    back = np.flatnonzero(np.diff(grid.times) < np.timedelta64(0, "s")) + 1
    repeated = len(grid) - len(np.unique(grid.times))
    notes = []
    if back.size:
        notes.append(
            f"{grid.source}: {len(back):,} rows go back in time:"
            f" {places([grid.place(int(row)) for row in back])}"
        )
    if repeated:
        notes.append(
            f"{grid.source}: {repeated:,} rows repeat a time, and are averaged with the others of"
            " their step"
        )
    if (joined := int((rows_of > 1).sum())) and joined > repeated:
        notes.append(
            f"{grid.source}: {len(grid):,} rows averaged into {int((rows_of > 0).sum()):,} steps of"
            f" {step}"
        )
    return (
        Grid(columns, step.beginning(first + np.arange(steps)), step, [], grid.source),
        notes,
    )
