"""From the cells of a table to the columns of a series: numbers, words and times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.data.formats.format import Rows
from rnnkit.data.raw.labelled import places
from rnnkit.data.read.columns import with_columns
from rnnkit.data.read.grid import Grid
from rnnkit.data.read.numbers import MISSING, NumberFormat, read_numbers, word
from rnnkit.data.read.steps import StepRule, on_equal_steps
from rnnkit.data.read.times import TimeColumns, read_times
from rnnkit.errors import RnnkitError


@dataclass(frozen=True)
class SeriesColumns:
    """The columns of a table that are a series.

    Args:
        targets: Those to forecast, which are among the next two.
        numbers: Columns of numbers.
        words: Columns of categories.
        time: The columns of the times; None where there are none.
        number_format: How numbers are written.
    """

    targets: tuple[str, ...]
    numbers: tuple[str, ...]
    words: tuple[str, ...] = ()
    time: TimeColumns | None = None
    number_format: NumberFormat = field(default_factory=NumberFormat)

    @property
    def keys(self) -> dict[str, str]:
        """The keys of the config that name one column each."""
        time = self.time.names if self.time else ()
        named = ("time", time), ("target", self.targets)
        return {columns[0]: key for key, columns in named if len(columns) == 1}


def read_grid(table: Rows, columns: SeriesColumns, rule: StepRule) -> tuple[Grid, list[str]]:
    """The columns of a table on steps of equal length, and lines about what was joined.

    Args:
        table: Its rows.
        columns: As of the class.
        rule: How rows become steps.

    Raises:
        RnnkitError: With file and row, if a column is missing, a cell is not a number or a time, or
            the times are out of order, repeated or irregular.
    """
    time = columns.time
    names = [*columns.numbers, *columns.words, *(time.names if time else ())]
    cells: dict[str, list[Any]] = {name: [] for name in dict.fromkeys(names)}
    rows: list[int] = []
    blank: list[str] = []
    with table:
        for row in with_columns(table, list(cells), columns.keys):
            values = [row.values[name] for name in cells]
            if time and all(word(value).lower() in MISSING for value in values):
                blank.append(f"row {row.number}")
                continue
            for column, value in zip(cells.values(), values, strict=True):
                column.append(value)
            rows.append(row.number)
    if not rows:
        raise RnnkitError("", f"{table.source} has no rows", "Expected one for each step")
    values_of = {
        name: read_numbers(cells[name], name, rows, table.source, columns.number_format)
        for name in columns.numbers
    }
    values_of |= {name: np.array([word(cell) for cell in cells[name]]) for name in columns.words}
    if not time:
        return Grid(values_of, None, None, rows, table.source), []
    notes = []
    if blank:
        count = "1 blank row is" if len(blank) == 1 else f"{len(blank):,} blank rows are"
        notes.append(f"{table.source}: {count} left out: {places(blank)}")
    texts = [cells[name] for name in time.names]
    times, guesses = read_times(time, texts, rows, table.source)
    grid, joined = on_equal_steps(
        Grid(values_of, times, None, rows, table.source), rule, columns.targets
    )
    return grid, [*notes, *guesses, *joined]
