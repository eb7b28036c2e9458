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


def ends_cut(
    grid: Grid, targets: Sequence[str], *, keep_future: bool
) -> tuple[Grid, int, list[str]]:
    """Without the steps at the beginning and the end that cannot be filled, with the number of
    steps of the future, and lines about it; rows of the future alone are kept as they are.

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
        lack = counted(first, "step at the start lacks", "steps at the start lack")
        are = agreed(first, "is", "are")
        notes.append(RowsLeftOut(f"{grid.source}: {lack} a number and {are} left out"))
    if len(grid) - end - future:
        lack = counted(len(grid) - end, "step at the end has", "steps at the end have")
        are = agreed(len(grid) - end, "is", "are")
        notes.append(
            RowsLeftOut(f"{grid.source}: {lack} no {' and no '.join(targets)} and {are} left out")
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
                _cure(name, values, is_mostly_empty=len(gaps) > upto / 2),
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
            f"{name}: {len(gaps):,} of {counted(upto, 'step')} missing, in"
            f" {counted(len(beginnings), 'gap')}, filled {rule}: from"
            f" {places([grid.place(int(gap)) for gap in beginnings])}"
        )
    return replace(grid, columns=columns), notes


def _cure(name: str, values: np.ndarray, *, is_mostly_empty: bool) -> str:
    if values.dtype.kind == "U":
        way = setting("fill", "previous")
        return (
            f"Fill the empty cells of {name} with a category, such as none; {way} repeats the last"
        )
    ways = " or ".join(setting("fill", way) for way in ("previous", "linear"))
    longer = f", or average over longer steps in {setting_name('resample')}"
    return f"Write {ways}, or correct the rows{longer if is_mostly_empty else ''}"
