"""Several series in one table: groups rows by series, and detects columns that identify series."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from rnnkit.data.formats.format import Rows
from rnnkit.data.read.numbers import word

MOST_ROWS = 100_000  # that are looked at
MOST_COLUMNS = 8
MOSTLY = 0.99  # of neighbours of one series that are in order
UNEQUAL = 0.15  # of the usual step
MANY = 0.25  # of all neighbours that are not, where series take turns


def groups(cells: Sequence[Sequence[str]]) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """The series of each row, (rows,), by number, and the values that tell each apart, in the order
    in which they begin.

    Args:
        cells: The cells of each column, (rows,) each.
    """
    numbers: dict[tuple[str, ...], int] = {}
    of_rows = [numbers.setdefault(key, len(numbers)) for key in zip(*cells, strict=True)]
    return np.array(of_rows), list(numbers)


def telling_columns(
    table: Rows, rows: np.ndarray, moments: np.ndarray, other: set[str]
) -> tuple[tuple[str, ...], int]:
    """The column, or the two, whose values tell several series of a table apart, and how many there
    are; none if no column does.

    Args:
        table: Its rows.
        rows: (rows,) the numbers of those that have a time.
        moments: (rows,) their times, as numbers.
        other: Columns that cannot be it: times and targets.
    """
    moments = moments[:MOST_ROWS]
    wanted, cells = set(rows[:MOST_ROWS].tolist()), dict[str, list[str]]()
    with table:
        for row in table:
            if row.number > rows[len(moments) - 1]:
                break
            if row.number in wanted:
                for name, value in row.values.items():
                    if name not in other:
                        cells.setdefault(name, []).append(word(value))
    names = [
        name
        for name, column in cells.items()
        if len(column) == len(moments) and 1 < len(set(column)) <= len(column) / 2
    ]
    names.sort(key=lambda name: len(set(cells[name])))
    for tried in (1, 2):
        for several in combinations(names[:MOST_COLUMNS], tried):
            of_rows, keys = groups([cells[name] for name in several])
            if len(keys) <= len(moments) / 2 and _in_order(of_rows, moments):
                return several, len(keys)
    return (), 0


def _in_order(of_rows: np.ndarray, moments: np.ndarray) -> bool:
    """Whether times that are not in order are so within each series, and begin anew with each or
    take turns.
    """
    disorder = int((np.diff(moments) <= 0).sum())
    changes = int((np.diff(of_rows) != 0).sum())
    order = np.argsort(of_rows, kind="stable")
    same = np.diff(of_rows[order]) == 0
    ascending = np.diff(moments[order]) > 0
    if not same.any() or ascending[same].mean() < MOSTLY:
        return False
    if disorder >= MANY * len(moments) or changes == of_rows.max() <= disorder + 1:
        return True
    # They overlap for a while alone: in none is a time left that is repeated or a step that is odd.
    lengths = np.diff(moments[order])[same]
    usual = float(np.median(lengths))
    is_usual = np.abs(lengths - usual) <= UNEQUAL * usual  # months are of unequal length
    return disorder > 1 and bool((lengths > 0).all() and is_usual.mean() >= MOSTLY)
