"""From the cells of a table to the columns of a series: numbers, words and timestamps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.data.formats.format import Rows
from rnnkit.data.read.clock import parse_time
from rnnkit.data.read.columns import with_columns
from rnnkit.data.read.grid import Grid
from rnnkit.data.read.numbers import NumberFormat, read_numbers, word
from rnnkit.data.read.steps import on_equal_steps
from rnnkit.errors import RnnkitError


def read_grid(
    table: Rows,
    numbers: Sequence[str],
    words: Sequence[str],
    time: Sequence[str],
    time_format: str | None,
    rule: str | None,
    number_format: NumberFormat,
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
        number_format: How numbers are written.

    Raises:
        RnnkitError: With file and row, if a column is missing, a cell is not a number or a time, or
            the times are out of order, repeated or irregular.
    """
    cells: dict[str, list[Any]] = {name: [] for name in dict.fromkeys([*numbers, *words, *time])}
    rows: list[int] = []
    with table:
        for row in with_columns(table, list(cells)):
            for name, column in cells.items():
                column.append(row.values[name])
            rows.append(row.number)
    if not rows:
        raise RnnkitError("", f"{table.source} has no rows", "Expected one for each step")
    columns = {
        name: read_numbers(cells[name], name, rows, table.source, number_format) for name in numbers
    }
    columns |= {name: np.array([word(cell) for cell in cells[name]]) for name in words}
    if not time:
        return Grid(columns, None, None, rows, table.source), []
    times = _times([cells[name] for name in time], time, time_format, rows, table.source)
    grid = Grid(columns, times, None, rows, table.source)
    return on_equal_steps(grid, rule)


def _times(
    cells: Sequence[Sequence[Any]],
    names: Sequence[str],
    time_format: str | None,
    rows: Sequence[int],
    source: str,
) -> np.ndarray:
    """Several columns together are the numbers of a date: year, month, day, hour and
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
