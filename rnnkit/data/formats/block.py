"""Rows of a table many at a time, column by column: what reads numbers need not see each row."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np

CELLS = 1 << 11
"""Of a block, about: of a table with many columns it has few rows."""

Item = TypeVar("Item")


class Block:
    """Rows that follow each other below the same names.

    Args:
        numbers: (rows,) the number of each.
        columns: The cells of each column, (rows,), by its name.
    """

    def __init__(self, numbers: Sequence[int], columns: Mapping[str, Sequence[Any]]):
        self.numbers = numbers
        self._columns = columns

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def names(self) -> Sequence[str]:
        """The columns, in their order."""
        return list(self._columns)

    def cells(self, name: str) -> Sequence[Any]:
        """The cells of a column, as a record has them."""
        return self._columns[name]

    def array(self, name: str) -> np.ndarray | None:
        """The cells of a column of typed numbers or times, (rows,), nan where one is missing; None
        where the file does not have them so.
        """
        return None

    @property
    def first(self) -> dict[str, Any]:
        """The first record."""
        return {name: self.cells(name)[0] for name in self.names}


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of so many items; where reading them fails, those before it come first."""
    batch: list[Item] = []
    try:
        for item in items:
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def blocks_of(rows: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[Block]:
    """Numbered records as blocks: one ends where the names of the next record are others."""
    for batch in batches(rows, CELLS):
        for names, alike in itertools.groupby(batch, lambda row: tuple(row[1])):
            numbers, values = zip(*alike, strict=True)
            columns = zip(*(record.values() for record in values), strict=True)
            yield Block(numbers, dict(zip(names, columns, strict=True)))
