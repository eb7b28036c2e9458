"""Presents a table in memory like the rows of a file, so that the same code reads both."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import IO, Any

import numpy as np

from rnnkit.data.formats.block import Block
from rnnkit.data.formats.format import Format, Row, Rows
from rnnkit.data.memory.table import Table
from rnnkit.data.read.running_text import running_text
from rnnkit.errors import here
from rnnkit.storage.reading import require_row, require_text


class _TableFormat(Format):
    """The format of a table in memory; its rows are numbered from 0."""

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        raise NotImplementedError("a table in memory has no file")

    def place(self, source: str, number: int) -> str:
        return f"row {number}"


class MemoryRows(Rows):
    """The rows of a table in memory.

    Args:
        table: The table.
        source: The name of the table in messages.
        limited: Whether rows are limited in size as in files.
    """

    def __init__(self, table: Table, source: str, *, limited: bool = True):
        self.format, self.path, self.source = _TableFormat(), None, source
        self._size = 0
        self._rows, self._blocks = self._numbered(table, limited), _blocks(table)
        self._argument = here("").rpartition(": ")[2]

    def place(self, number: int) -> str:
        """The name of a row, with the argument of the table unless an enclosing `at` names it."""
        place = super().place(number)
        return place if here("").endswith(self._argument) else f"{self._argument}: {place}"

    def _numbered(self, table: Table, limited: bool) -> Generator[Row, None, None]:
        names, columns = list(table), [column.cells for column in table.values()]
        for number, values in enumerate(zip(*columns, strict=True)):
            if limited:
                require_row(values, self.place(number))
            yield Row(number, dict(zip(names, values, strict=True)))


def _blocks(table: Table) -> Generator[Block, None, None]:
    if table.rows:
        yield _TableBlock(table)


def text_of(table: Table, column: str) -> str:
    """The texts of a column as running text: a single one unchanged, several joined by lines."""
    is_one = table.rows == 1  # running text of any length
    whole = running_text(MemoryRows(table, "the table", limited=not is_one), column)
    return str(table[column].cells[0]) if is_one else whole


class _TableBlock(Block):
    """All rows of a table as one block."""

    def __init__(self, table: Table):
        super().__init__(range(table.rows), {})
        self._table = table

    @property
    def names(self) -> Sequence[str]:
        return list(self._table)

    def cells(self, name: str) -> Sequence[Any]:
        cells = self._table[name].cells
        for number, cell in enumerate(cells):
            if isinstance(cell, str):
                require_text(cell, f"row {number}")
            elif isinstance(cell, list | tuple | dict):
                require_row(cell, f"row {number}")
        return cells

    def array(self, name: str) -> np.ndarray | None:
        return self._table[name].array
