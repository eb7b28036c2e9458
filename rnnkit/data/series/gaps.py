"""Trims the ends of a series and fills its gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from rnnkit.data.raw.labelled import places
from rnnkit.data.series.grid import Grid, present
from rnnkit.errors import RnnkitError, setting, setting_name
from rnnkit.progress import RowsLeftOut
from rnnkit.quantities import agreed, counted

Fill = Literal["error", "previous", "linear"]


def trim_ends(
    grid: Grid, targets: Sequence[str], *, keep_future: bool
) -> tuple[Grid, int, list[str]]:
    """Trims steps at both ends that cannot be filled; a table of future steps alone stays whole.

    Args:
        grid: The columns.
        targets: The columns to forecast.
        keep_future: Whether steps at the end without any target are the future, for which other
            columns are known.

    Returns:
        The columns, the number of future steps at their end, and remarks about trimmed steps.

    Raises:
        RnnkitError: If no row has a value in every column.
    """
    has_target = np.any([present(grid.columns[name]) for name in targets], axis=0)
    has_all = np.all([present(values) for values in grid.columns.values()], axis=0)
    if keep_future and not has_target.any():
        return grid, len(grid), []
    if not has_all.any():
        got = f"{grid.source} has no row with all of {', '.join(grid.columns)}"
        empty = [name for name, values in grid.columns.items() if not present(values).any()]
        others = [name for name in empty if name not in targets]
        hint = f"Leave out what is empty: {', '.join(others)}" if others else ""
        raise RnnkitError("", got, "Expected values in one row", hint)
    first, end = int(has_all.argmax()), len(grid) - int(has_target[::-1].argmax())
    future = len(grid) - end if keep_future else 0
    notes = list[str]()
    if first:
        steps = counted(first, "step at the start lacks", "steps at the start lack")
        are = agreed(first, "is", "are")
        notes.append(RowsLeftOut(f"{grid.source}: {steps} a number and {are} left out"))
    if len(grid) - end - future:
        steps = counted(len(grid) - end, "step at the end has", "steps at the end have")
        are = agreed(len(grid) - end, "is", "are")
        notes.append(
            RowsLeftOut(f"{grid.source}: {steps} no {' and no '.join(targets)} and {are} left out")
        )
    return grid.part(first, end + future), future, notes


def fill_gaps(grid: Grid, fill: Fill, upto: int) -> tuple[Grid, list[str]]:
    """Fills missing values before the future begins.

    Args:
        grid: Columns whose first step has every value.
        fill: "previous" repeats the last value; "linear" interpolates numbers, which looks into the
            future; "error" accepts no gap.
        upto: The first step of the future, which is not filled.

    Returns:
        The filled columns, and for each that had gaps a remark with their number and places.

    Raises:
        RnnkitError: If there are gaps, and `fill` is "error".
    """
    columns, notes = dict(grid.columns), []
    for name, values in grid.columns.items():
        has_value = present(values[:upto])
        missing = np.flatnonzero(~has_value)
        if not missing.size:
            continue
        if fill == "error":
            got = (
                f"{grid.source}: {name} is missing at"
                f" {places([grid.place(int(index)) for index in missing])}: {len(missing):,} of"
                f" {upto:,} steps"
            )
            hint = _hint(name, values, is_mostly_empty=len(missing) > upto / 2)
            raise RnnkitError("", got, "Expected a value at each step", hint)
        columns[name] = values.copy()
        is_linear = fill == "linear" and values.dtype.kind != "U"
        if is_linear:
            known = np.flatnonzero(has_value)
            columns[name][missing] = np.interp(missing, known, values[:upto][has_value])
        else:
            previous = np.maximum.accumulate(np.where(has_value, np.arange(upto), 0))
            columns[name][missing] = values[previous[missing]]
        beginnings = missing[np.diff(missing, prepend=-2) > 1]
        method = "between their neighbours" if is_linear else "by the value before"
        notes.append(
            f"{name}: {len(missing):,} of {counted(upto, 'step')} missing, in"
            f" {counted(len(beginnings), 'gap')}, filled {method}: from"
            f" {places([grid.place(int(index)) for index in beginnings])}"
        )
    return replace(grid, columns=columns), notes


def _hint(name: str, values: np.ndarray, *, is_mostly_empty: bool) -> str:
    """What to do about the missing values of a column."""
    if values.dtype.kind == "U":
        cure = setting("fill", "previous")
        return (
            f"Fill the empty cells of {name} with a category, such as none; {cure} repeats the last"
        )
    cures = " or ".join(setting("fill", fill) for fill in ("previous", "linear"))
    longer = f", or average over longer steps in {setting_name('resample')}"
    return f"Write {cures}, or correct the rows{longer if is_mostly_empty else ''}"
