"""Groups the rows of a table by series, and detects columns that identify the series."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from rnnkit.data.formats.format import Rows
from rnnkit.data.read.numbers import word

MAX_ROWS = 100_000  # examined to detect the columns
MAX_COLUMNS = 8
MOSTLY = 0.99  # the fraction of steps within a series that must be in order, or of usual length
UNEQUAL = 0.15  # of the usual step, by which others may differ
MANY = 0.25  # steps back in time, as a fraction of the rows, if series alternate row by row


def group_rows(cells: Sequence[Sequence[str]]) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """Numbers the series of a table in order of first occurrence.

    Args:
        cells: (rows,) for each column that identifies the series.

    Returns:
        (rows,) the number of each row's series, and the values of the columns for each series.
    """
    numbers: dict[tuple[str, ...], int] = {}
    series = [numbers.setdefault(key, len(numbers)) for key in zip(*cells, strict=True)]
    return np.array(series), list(numbers)


def identifying_columns(
    table: Rows, rows: np.ndarray, moments: np.ndarray, other: set[str]
) -> tuple[tuple[str, ...], int]:
    """Detects one or two columns whose values identify the series of a table.

    Args:
        table: The table.
        rows: (rows,) the numbers of the rows that have a time.
        moments: (rows,) their times in microseconds.
        other: Columns that cannot identify a series: times and targets.

    Returns:
        The columns and the number of series; no columns and 0 if none identify series.
    """
    moments = moments[:MAX_ROWS]
    examined, cells = set(rows[:MAX_ROWS].tolist()), dict[str, list[str]]()
    with table:
        for row in table:
            if row.number > rows[len(moments) - 1]:
                break
            if row.number in examined:
                for name, value in row.values.items():
                    if name not in other:
                        cells.setdefault(name, []).append(word(value))
    names = [
        name
        for name, column in cells.items()
        if len(column) == len(moments) and 1 < len(set(column)) <= len(column) / 2
    ]
    names.sort(key=lambda name: len(set(cells[name])))
    for count in (1, 2):
        for columns in combinations(names[:MAX_COLUMNS], count):
            series, keys = group_rows([cells[name] for name in columns])
            if len(keys) <= len(moments) / 2 and _are_series(series, moments):
                return columns, len(keys)
    return (), 0


def _are_series(series: np.ndarray, moments: np.ndarray) -> bool:
    """Whether times out of order in the table are in order within each of these groups of rows,
    which follow one another or alternate.

    Args:
        series: (rows,) the number of each row's group.
        moments: (rows,) the times in microseconds.
    """
    disorder = int((np.diff(moments) <= 0).sum())
    changes = int((np.diff(series) != 0).sum())
    order = np.argsort(series, kind="stable")
    same = np.diff(series[order]) == 0
    ascending = np.diff(moments[order]) > 0
    if not same.any() or ascending[same].mean() < MOSTLY:
        return False
    if disorder >= MANY * len(moments) or changes == series.max() <= disorder + 1:
        return True
    # Series that overlap in part of the table: no time repeats, and nearly all steps are equal.
    lengths = np.diff(moments[order])[same]
    usual = float(np.median(lengths))
    is_usual = np.abs(lengths - usual) <= UNEQUAL * usual  # months are of unequal length
    return disorder > 1 and bool((lengths > 0).all() and is_usual.mean() >= MOSTLY)
