"""Reads the columns of a table that form time series: numbers, categories and unparsed times."""

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
        keys = ("time", time), ("target", self.targets), ("series", self.series)
        return {columns[0]: key for key, columns in keys if len(columns) == 1}

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
    """The cells of a table without its blank rows.

    Args:
        values: (rows,) for each column of numbers or categories.
        times: (rows,) for each time column, not parsed yet.
        series: (rows,) for each column that identifies the series.
        rows: (rows,) the row numbers in the file.
        blank: The blank rows, as messages name them.
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
        opened: Opens the table; called again to name the row of a cell that is not a number.
        columns: The columns to read.

    Raises:
        RnnkitError: With file and row, if a column is missing, a cell is not a number, or the table
            has no rows.
    """
    table = opened()
    blocks = [_BlockCells.of(block, columns) for block in _blocks(table, columns)]
    rows = np.concatenate([np.empty(0, np.int64), *(block.rows for block in blocks)])
    if not len(rows):
        raise RnnkitError("", f"{table.source} has no rows", "Expected one for each step")
    values = {}
    for name in columns.numbers:
        arrays = [block.numbers.pop(name) for block in blocks]
        numeric = [array for array in arrays if array is not None]
        values[name] = np.concatenate([np.empty(0), *numeric])
        if len(numeric) < len(arrays) or (np.abs(values[name]) > LARGEST).any():
            values[name] = _read_each_cell(opened(), name, columns)
    for name in columns.words:
        values[name] = np.concatenate([block.words[name] for block in blocks])
    return Cells(
        values,
        [_concatenated([block.times[name] for block in blocks]) for name in columns.times],
        [np.concatenate([block.words[name] for block in blocks]) for name in columns.series],
        rows,
        [f"row {number}" for block in blocks for number in block.blank],
        table.source,
    )


@dataclass(frozen=True)
class _BlockCells:
    """The cells of one block of a table, without its blank rows.

    Args:
        rows: (rows,) the row numbers in the file.
        blank: The row numbers of the blank rows.
        numbers: (rows,) for each column of numbers; None if a cell is not a number.
        words: (rows,) for each column of categories or of names of series.
        times: (rows,) for each time column.
    """

    rows: np.ndarray
    blank: list[int]
    numbers: dict[str, np.ndarray | None]
    words: dict[str, np.ndarray]
    times: dict[str, Column]

    @classmethod
    def of(cls, block: Block, columns: SeriesColumns) -> _BlockCells:
        form, text_columns = columns.number_format, [*columns.words, *columns.series]
        numbers = {name: numbers_of_block(block, name, form) for name in columns.numbers}
        words = {name: np.array(list(map(word, block.cells(name))), str) for name in text_columns}
        times = {name: _times(block, name) for name in columns.times}
        rows, blank = np.asarray(block.numbers), _blank_rows(block, columns, numbers)
        if not blank:
            return cls(rows, [], numbers, words, times)
        mask = np.ones(len(block), bool)
        mask[blank] = False
        return cls(
            rows[mask],
            rows[blank].tolist(),
            {name: None if array is None else array[mask] for name, array in numbers.items()},
            {name: array[mask] for name, array in words.items()},
            {name: list(itertools.compress(cells, mask)) for name, cells in times.items()},
        )


def _blocks(table: Rows, columns: SeriesColumns) -> Iterator[Block]:
    """The blocks of a table, once each has been checked for the required columns."""
    required = RequiredColumns(table, columns.names, columns.keys)
    with table:
        for block in table.blocks():
            required.check_block(block)
            yield block


def _blank_rows(
    block: Block, columns: SeriesColumns, numbers: Mapping[str, np.ndarray | None]
) -> list[int]:
    """The indices of rows without any cell; none in a table without times, whose every row is a
    step.
    """
    if not columns.times:
        return []
    rows: Sequence[int] = range(len(block))
    for values in numbers.values():
        if values is not None:  # rules out nearly all rows at once
            rows = np.flatnonzero(np.isnan(values)).tolist()
            break
    for name in columns.names:
        if rows:
            cells = block.cells(name)
            rows = [row for row in rows if word(cells[row]).lower() in MISSING]
    return list(rows)


def _times(block: Block, name: str) -> Column:
    """A time column: a datetime64 array if the file stores times, else its cells."""
    array = block.array(name)
    return block.cells(name) if array is None or array.dtype.kind != "M" else array


def _concatenated(columns: list[Column]) -> Column:
    arrays = [column for column in columns if isinstance(column, np.ndarray)]
    if len(arrays) == len(columns):
        return np.concatenate(arrays)
    return [cell for column in columns for cell in cells_of(column)]


def _read_each_cell(table: Rows, name: str, columns: SeriesColumns) -> np.ndarray:
    """Reads a column cell by cell, which names the row of a cell that is not a finite number.

    Raises:
        RnnkitError: With the row, if a cell is not a finite number.
    """
    cells, rows = list[Any](), list[int]()
    for block in _blocks(table, columns):
        blank = set(_blank_rows(block, columns, {}))
        for index, cell in enumerate(block.cells(name)):
            if index not in blank:
                cells.append(cell)
                rows.append(block.numbers[index])
    return read_numbers(cells, name, rows, table.source, columns.number_format)
