"""The cells of a table that are a series, as numbers, words and times in their own notation."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.data.formats.block import Block
from rnnkit.data.formats.format import Rows
from rnnkit.data.read.columns import RequiredColumns
from rnnkit.data.read.number_format import MISSING, NumberFormat
from rnnkit.data.read.numbers import LARGEST, numbers_of_block, read_numbers, word
from rnnkit.data.times.texts import Column, TimeColumns, cells_of
from rnnkit.errors import RnnkitError


@dataclass(frozen=True)
class SeriesColumns:
    """The columns of a table that form a time series.

    Args:
        targets: The columns to forecast, which are also in `numbers` or `words`.
        numbers: Columns of numbers.
        words: Columns of categories.
        time: The columns of the times; None if there are none.
        number_format: The notation of numbers.
        series: The columns that identify one of several series.
    """

    targets: tuple[str, ...]
    numbers: tuple[str, ...]
    words: tuple[str, ...] = ()
    time: TimeColumns | None = None
    number_format: NumberFormat = field(default_factory=NumberFormat)
    series: tuple[str, ...] = ()

    @property
    def keys(self) -> dict[str, str]:
        """The keys of the config that name one column each."""
        time = self.time.names if self.time else ()
        named = ("time", time), ("target", self.targets), ("series", self.series)
        return {columns[0]: key for key, columns in named if len(columns) == 1}

    @property
    def times(self) -> tuple[str, ...]:
        """The columns of the times."""
        return self.time.names if self.time else ()

    @property
    def names(self) -> list[str]:
        """All required columns."""
        return list(dict.fromkeys([*self.numbers, *self.words, *self.times, *self.series]))


@dataclass(frozen=True)
class Cells:
    """The rows of a table that are not blank.

    Args:
        values: The columns of numbers and of words, (rows,) each.
        times: The cells of each column of the times.
        series: The words of each column that identifies a series.
        rows: (rows,) the row numbers.
        blank: The names of the blank rows, for messages.
        source: The name of the file in messages.
    """

    values: dict[str, np.ndarray]
    times: list[Column]
    series: list[np.ndarray]
    rows: np.ndarray
    blank: list[str]
    source: str


def read_cells(opened: Callable[[], Rows], columns: SeriesColumns) -> Cells:
    """Reads the cells of a table.

    Args:
        opened: Opens the table; called again to find a cell that is not a number.
        columns: The columns to read.

    Raises:
        RnnkitError: With file and row, if a column is missing, a cell is not a number, or there are
            no rows.
    """
    table = opened()
    parts = [_Part.of(block, columns) for block in _blocks(table, columns)]
    rows = np.concatenate([np.empty(0, np.int64), *(part.rows for part in parts)])
    if not len(rows):
        raise RnnkitError("", f"{table.source} has no rows", "Expected one for each step")
    values = {}
    for name in columns.numbers:
        of_parts = [part.numbers.pop(name) for part in parts]
        whole = [values for values in of_parts if values is not None]
        values[name] = np.concatenate([np.empty(0), *whole])
        if len(whole) < len(of_parts) or (np.abs(values[name]) > LARGEST).any():
            values[name] = _one_by_one(opened(), name, columns)
    for name in columns.words:
        values[name] = np.concatenate([part.words[name] for part in parts])
    return Cells(
        values,
        [_joined([part.times[name] for part in parts]) for name in columns.times],
        [np.concatenate([part.words[name] for part in parts]) for name in columns.series],
        rows,
        [f"row {number}" for part in parts for number in part.blank],
        table.source,
    )


@dataclass(frozen=True)
class _Part:
    """The cells of one block.

    Args:
        rows: (rows,) the number of each.
        blank: The numbers of the blank ones.
        numbers: (rows,) each; None if a cell is not a number.
        words: (rows,) each, those that tell series apart among them.
        times: (rows,) each.
    """

    rows: np.ndarray
    blank: list[int]
    numbers: dict[str, np.ndarray | None]
    words: dict[str, np.ndarray]
    times: dict[str, Column]

    @classmethod
    def of(cls, block: Block, columns: SeriesColumns) -> _Part:
        form, named = columns.number_format, [*columns.words, *columns.series]
        numbers = {name: numbers_of_block(block, name, form) for name in columns.numbers}
        words = {name: np.array(list(map(word, block.cells(name))), str) for name in named}
        times = {name: _times(block, name) for name in columns.times}
        rows, blank = np.asarray(block.numbers), _blank(block, columns, numbers)
        if not blank:
            return cls(rows, [], numbers, words, times)
        kept = np.ones(len(block), bool)
        kept[blank] = False
        return cls(
            rows[kept],
            rows[blank].tolist(),
            {name: None if part is None else part[kept] for name, part in numbers.items()},
            {name: part[kept] for name, part in words.items()},
            {name: list(itertools.compress(part, kept)) for name, part in times.items()},
        )


def _blocks(table: Rows, columns: SeriesColumns) -> Iterator[Block]:
    required = RequiredColumns(table, columns.names, columns.keys)
    with table:
        for block in table.blocks():
            required.check_block(block)
            yield block


def _blank(
    block: Block, columns: SeriesColumns, numbers: Mapping[str, np.ndarray | None]
) -> list[int]:
    """The indices of blank rows; a table without times has none, since each row is a step."""
    if not columns.times:
        return []
    rows: Sequence[int] = range(len(block))
    for values in numbers.values():
        if values is not None:  # few are left to look at
            rows = np.flatnonzero(np.isnan(values)).tolist()
            break
    for name in columns.names:
        if rows:
            cells = block.cells(name)
            rows = [row for row in rows if word(cells[row]).lower() in MISSING]
    return list(rows)


def _times(block: Block, name: str) -> Column:
    """A column of times: an array if the file stores them as times, else its cells."""
    array = block.array(name)
    return block.cells(name) if array is None or array.dtype.kind != "M" else array


def _joined(parts: list[Column]) -> Column:
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    if len(arrays) == len(parts):
        return np.concatenate(arrays)
    return [cell for part in parts for cell in (cells_of(part))]


def _one_by_one(table: Rows, name: str, columns: SeriesColumns) -> np.ndarray:
    """A column of which a cell is not a number, or not a finite one: what reads it says which.

    Raises:
        RnnkitError: With the row.
    """
    cells, rows = list[Any](), list[int]()
    for block in _blocks(table, columns):
        blank = set(_blank(block, columns, {}))
        for index, cell in enumerate(block.cells(name)):
            if index not in blank:
                cells.append(cell)
                rows.append(block.numbers[index])
    return read_numbers(cells, name, rows, table.source, columns.number_format)
