"""Reads a table as one or several time series on steps of equal length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnnkit.data.formats.format import Rows
from rnnkit.data.raw.labelled import places
from rnnkit.data.series.cells import Cells, SeriesColumns, read_cells
from rnnkit.data.series.equal_steps import ROWS, StepRule, on_equal_steps
from rnnkit.data.series.grid import Grid, present
from rnnkit.data.series.grouping import group_rows, identifying_columns
from rnnkit.data.times.texts import read_times
from rnnkit.errors import RnnkitError, setting
from rnnkit.progress import RowsLeftOut
from rnnkit.quantities import counted


def column_names(columns: str | int | list[str | int] | None) -> tuple[str, ...]:
    """The names of one or several columns, as a tuple."""
    listed = columns if isinstance(columns, list) else [columns]
    return tuple(str(name) for name in listed if name is not None)


def read_grids(
    opened: Callable[[], Rows], columns: SeriesColumns, rule: StepRule
) -> tuple[list[Grid], list[str]]:
    """Reads the series of a table, each on steps of equal length.

    Args:
        opened: Opens the table; called again to detect columns that identify series.
        columns: The columns of the series.
        rule: How rows become steps.

    Returns:
        The columns of each series, and remarks about rows averaged or left out.

    Raises:
        RnnkitError: With file and row, if a column is missing, a cell is not a number or a time, or
            the times are out of order, repeated or irregular.
    """
    cells = read_cells(opened, columns)
    whole = Grid(cells.values, None, None, cells.rows, cells.source)
    notes = []
    if cells.blank:
        count = counted(len(cells.blank), "blank row is", "blank rows are")
        notes.append(f"{cells.source}: {count} left out: {places(cells.blank)}")
    if columns.time:
        times, guesses = read_times(columns.time, cells.times, cells.rows, cells.source)
        whole, notes = replace(whole, times=times), [*notes, *guesses]
        if not columns.series:
            notes += _require_one(opened, whole, columns, rule)
    grids = list[Grid]()
    series, left_out = _with_targets(list(_split(whole, cells, columns.series)), columns.targets)
    for grid in series:
        if columns.time:
            grid, remarks = on_equal_steps(grid, rule, columns.targets)
            notes += remarks
        grids.append(grid)
    return grids, [*notes, *left_out]


def _with_targets(grids: list[Grid], targets: tuple[str, ...]) -> tuple[list[Grid], list[str]]:
    """Leaves out series without any target, with a remark; keeps all if none has a target."""
    has_target = [any(present(grid.columns[name]).any() for name in targets) for grid in grids]
    if all(has_target) or not any(has_target):
        return grids, []
    empty = [grid.source for grid, has in zip(grids, has_target, strict=True) if not has]
    return [grid for grid, has in zip(grids, has_target, strict=True) if has], [
        RowsLeftOut(
            f"no {' and no '.join(targets)} in {len(empty):,} of the series: {places(empty)}"
        )
    ]


def _split(whole: Grid, cells: Cells, names: tuple[str, ...]) -> Iterator[Grid]:
    """Splits a table into its series, in order of first occurrence.

    Raises:
        RnnkitError: With the row, if it does not name its series.
    """
    if not names:
        yield whole
        return
    series, keys = group_rows([words.tolist() for words in cells.series])
    for number, key in enumerate(keys):
        if "" in key:
            row = cells.rows[int(np.argmax(series == number))]
            got = f"{cells.source}: row {row} has no {names[key.index('')]}"
            raise RnnkitError("", got, "Expected the name of its series", "Correct the cell")
    ends = np.cumsum(np.bincount(series))[:-1]
    rows = np.split(np.argsort(series, kind="stable"), ends)
    for key, indices in zip(keys, rows, strict=True):
        source = f"{cells.source} ({', '.join(map(' '.join, zip(names, key, strict=True)))})"
        yield replace(whole.take(indices), source=source, keys=dict(zip(names, key, strict=True)))


def _require_one(
    opened: Callable[[], Rows], whole: Grid, columns: SeriesColumns, rule: StepRule
) -> list[str]:
    """A remark if a table seems to hold several series whose rows would be averaged.

    Raises:
        RnnkitError: If it does, and the rows are not averaged.
    """
    assert whole.times is not None
    assert columns.time is not None
    moments = whole.times.asi8
    if (np.diff(moments) > 0).all():
        return []
    other = {*columns.time.names, *columns.targets}
    names, count = identifying_columns(opened(), whole.rows, moments, other)
    if not names:
        return []
    listed = " and ".join(names)
    has = "has" if len(names) == 1 else "have"
    got = f"{whole.source}: the times start over: {listed} {has} {count:,} values, each a series"
    cure = setting("series", list(names) if len(names) > 1 else names[0])
    if rule.resample in (None, ROWS):
        hint = f"Write {cure}: one model for all of them; or keep the rows of one"
        raise RnnkitError("", got, "Expected one series", hint)
    return [f"{got}; their rows are averaged. {cure} keeps them apart"]
