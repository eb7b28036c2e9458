"""From a table to the columns of a series: numbers, words and timestamps, steps of equal length,
and what becomes of gaps.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from rnnkit.data.formats.format import Rows
from rnnkit.data.raw.labelled import places
from rnnkit.data.read.clock import Step, parse_time, shown_time
from rnnkit.data.read.columns import with_columns
from rnnkit.errors import RnnkitError

Fill = Literal["error", "previous", "linear"]

LARGEST = 1e38  # what float32 holds
MOST_STEPS_A_ROW = 1000  # a resampled series of more is a mistaken rule or a mistaken time
_MISSING = ("", "na", "n/a", "nan", "null", "none")


@dataclass(frozen=True)
class Grid:
    """Columns of numbers (NaN where missing) and of words ("" where missing), a step in each row.

    Args:
        columns: (steps,) each.
        times: (steps,) datetime64[s], or None.
        step: The time between two steps, where it is always the same.
        rows: The file's row of each step; empty where several rows make a step.
        source: What messages call the file.
    """

    columns: Mapping[str, np.ndarray]
    times: np.ndarray | None
    step: Step | None
    rows: Sequence[int]
    source: str

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def part(self, first: int, end: int) -> Grid:
        """The steps from `first` to before `end`."""
        columns = {name: values[first:end] for name, values in self.columns.items()}
        return replace(
            self,
            columns=columns,
            times=None if self.times is None else self.times[first:end],
            rows=self.rows[first:end],
        )

    def place(self, index: int) -> str:
        """A step, by the file's row or by its time."""
        return f"row {self.rows[index]}" if self.rows else shown_time(self.times[index])  # type: ignore[index]


def present(values: np.ndarray) -> np.ndarray:
    """(steps,) whether a column has a value."""
    return values != "" if values.dtype.kind == "U" else ~np.isnan(values)


def read_grid(
    table: Rows,
    numbers: Sequence[str],
    words: Sequence[str],
    time: Sequence[str],
    time_format: str | None,
    rule: str | None,
) -> tuple[Grid, list[str]]:
    """The columns of a table on steps of equal length, and lines about what was joined.

    Args:
        table: Its rows.
        numbers: Columns of numbers.
        words: Columns of categories.
        time: Columns whose texts together are a timestamp; none where there is no time.
        time_format: How they are written; ISO 8601 where None.
        rule: The length of a step, over which the rows are averaged; "rows" where each row is a
            step, whatever time lies between; None where the file's own step must be regular.

    Raises:
        RnnkitError: With file and row, if a column is missing, a cell is no number or no time, or
            the times are out of order, repeated or irregular.
    """
    cells: dict[str, list[Any]] = {name: [] for name in dict.fromkeys([*numbers, *words, *time])}
    rows: list[int] = []
    with table:
        for row in with_columns(table, list(cells), example="target: 0"):
            for name, column in cells.items():
                column.append(row.values[name])
            rows.append(row.number)
    if not rows:
        raise RnnkitError("", f"{table.source} has no rows", "Expected one for each step")
    columns = {name: _numbers(cells[name], name, rows, table.source) for name in numbers}
    columns |= {
        name: np.array(["" if _is_missing(cell) else str(cell).strip() for cell in cells[name]])
        for name in words
    }
    if not time:
        return Grid(columns, None, None, rows, table.source), []
    times = _times([cells[name] for name in time], time, time_format, rows, table.source)
    grid = Grid(columns, times, None, rows, table.source)
    if rule is not None and rule != "rows":
        return _resampled(grid, Step.parse(rule))
    _require_order(grid)
    step = Step.between(times)
    if step is None and rule is None and len(times) > 1:
        _refuse_irregular(grid)
    return replace(grid, step=step), []


def _is_missing(cell: Any) -> bool:
    return (
        cell is None
        or (isinstance(cell, float) and math.isnan(cell))
        or str(cell).strip().lower() in _MISSING
    )


def _numbers(cells: Sequence[Any], name: str, rows: Sequence[int], source: str) -> np.ndarray:
    values = np.empty(len(cells))
    for index, cell in enumerate(cells):
        try:
            values[index] = np.nan if _is_missing(cell) else float(cell)
        except (TypeError, ValueError):
            got = f"{source}: row {rows[index]}: {name} is {cell!r}"
            raise RnnkitError(
                "",
                got,
                "Expected a number, or an empty cell",
                f"A column of words goes to `categorical: [{name}]`",
            ) from None
        if abs(values[index]) > LARGEST:
            raise RnnkitError(
                "",
                f"{source}: row {rows[index]}: {name} is {cell}",
                "Expected a finite number",
                "Mend the cell, or leave it empty",
            )
    return values


def _times(
    cells: Sequence[Sequence[Any]],
    names: Sequence[str],
    time_format: str | None,
    rows: Sequence[int],
    source: str,
) -> np.ndarray:
    """Several columns stand beside each other as the numbers of a date: year, month, day, hour and
    so on; or as texts, a date and an hour.
    """
    dates = len(names) > 1 and {"year", "month"} <= {name.lower() for name in names}
    times = np.empty(len(rows), "datetime64[s]")
    for index, texts in enumerate(zip(*cells, strict=True)):
        try:
            if dates:
                parts = {
                    name.lower(): int(float(text)) for name, text in zip(names, texts, strict=True)
                }
                date = f"{parts.pop('year'):04d}-{parts.pop('month'):02d}-{parts.pop('day', 1):02d}"
                clock = [parts.pop(unit, 0) for unit in ("hour", "minute", "second")]
                if parts:
                    raise RnnkitError(
                        "",
                        f"time names {next(iter(parts))!r}",
                        "Expected year, month, day, hour, minute, second; or one column",
                    )
                times[index] = parse_time(
                    f"{date} {clock[0]:02d}:{clock[1]:02d}:{clock[2]:02d}", None
                )
            else:
                times[index] = parse_time(
                    " ".join(str(text).strip() for text in texts), time_format
                )
        except (TypeError, ValueError, OverflowError):
            shown = " ".join(map(str, texts))
            expected = (
                f"Expected a time written {time_format}"
                if time_format
                else "Expected a time such as 2014-02-07 14:55:00"
            )
            hint = (
                ""
                if time_format and not dates
                else "Say how it is written, such as `time_format: '%d.%m.%Y %H:%M'`"
            )
            raise RnnkitError(
                "",
                f"{source}: row {rows[index]}: {' '.join(names)} is {shown!r}",
                expected,
                hint,
            ) from None
    return times


def _require_order(grid: Grid) -> None:
    """Refuses times that go back or stand still."""
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


def ends_cut(
    grid: Grid, targets: Sequence[str], *, keep_future: bool
) -> tuple[Grid, int, list[str]]:
    """Without the steps at the beginning and the end that cannot be filled, with the number of
    steps of the future, and lines about it.

    Args:
        grid: The columns.
        targets: The columns to forecast.
        keep_future: Whether steps at the end without any target stand for a future of which
            something is known.

    Raises:
        RnnkitError: If nothing is left.
    """
    has_target = np.any([present(grid.columns[name]) for name in targets], axis=0)
    has_all = np.all([present(values) for values in grid.columns.values()], axis=0)
    if not has_all.any():
        got = f"{grid.source} has no row with all of {', '.join(grid.columns)}"
        raise RnnkitError("", got, "Expected numbers", "Leave out the column that is empty")
    first, end = int(has_all.argmax()), len(grid) - int(has_target[::-1].argmax())
    future = len(grid) - end if keep_future else 0
    notes = []
    if first:
        notes.append(f"{grid.source}: the first {first:,} steps lack a number and are left out")
    if len(grid) - end - future:
        notes.append(
            f"{grid.source}: the last {len(grid) - end:,} steps have no {' and no '.join(targets)}"
            " and are left out"
        )
    return grid.part(first, end + future), future, notes


def filled(grid: Grid, fill: Fill, upto: int) -> tuple[Grid, list[str]]:
    """The columns with their gaps before the step `upto` filled, and lines that count them.

    Args:
        grid: Columns that begin with a full row.
        fill: "previous", the value before; "linear", between the values on both sides (which looks
            into the future); "error", none.
        upto: Where the future begins.

    Raises:
        RnnkitError: If there are gaps, and `fill` is "error".
    """
    columns, notes = dict(grid.columns), []
    for name, values in grid.columns.items():
        there = present(values[:upto])
        gaps = np.flatnonzero(~there)
        if not gaps.size:
            continue
        if fill == "error":
            got = (
                f"{grid.source}: {name} is missing at"
                f" {places([grid.place(int(gap)) for gap in gaps])}: {len(gaps):,} of {upto:,}"
                " steps"
            )
            raise RnnkitError(
                "",
                got,
                "Expected a value at each step",
                "Write `fill: previous` or `fill: linear`, or mend the file",
            )
        columns[name] = values.copy()
        if fill == "linear" and values.dtype.kind != "U":
            columns[name][gaps] = np.interp(gaps, np.flatnonzero(there), values[:upto][there])
        else:
            before = np.maximum.accumulate(np.where(there, np.arange(upto), 0))
            columns[name][gaps] = values[before[gaps]]
        beginnings = gaps[np.diff(gaps, prepend=-2) > 1]
        rule = (
            "between their neighbours"
            if fill == "linear" and values.dtype.kind != "U"
            else "by the value before"
        )
        notes.append(
            f"{name}: {len(gaps):,} of {upto:,} steps were missing, in {len(beginnings):,} gaps,"
            f" and are filled {rule}: from {places([grid.place(int(gap)) for gap in beginnings])}"
        )
    return replace(grid, columns=columns), notes
