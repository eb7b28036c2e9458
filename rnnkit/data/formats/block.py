"""Blocks of rows stored by column, so that numbers can be read without a loop over rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np

CELLS = 1 << 11
"""Cells of a block, approximately: in a wide table a block has few rows."""

Item = TypeVar("Item")


class Block:
    """Consecutive rows with the same columns.

    Args:
        numbers: (rows,) the number of each row.
        columns: The cells of each column by name, (rows,) each.
    """

    def __init__(self, numbers: Sequence[int], columns: Mapping[str, Sequence[Any]]):
        self.numbers = numbers
        self._columns = columns

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns, in order."""
        return list(self._columns)

    def cells(self, name: str) -> Sequence[Any]:
        """The cells of a column, as in a record."""
        return self._columns[name]

    def array(self, name: str) -> np.ndarray | None:
        """The cells of a typed numeric or time column, (rows,), NaN where one is missing; None for
        other columns.
        """
        return None

    @property
    def first(self) -> dict[str, Any]:
        """The record of the first row."""
        return {name: self.cells(name)[0] for name in self.names}


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Groups items into lists of `size`; if reading fails, the items before come first."""
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
    """Groups numbered records into blocks; a block ends where the columns change."""
    for batch in batches(rows, CELLS):
        for names, rows in itertools.groupby(batch, lambda row: tuple(row[1])):
            numbers, records = zip(*rows, strict=True)
            columns = zip(*(record.values() for record in records), strict=True)
            yield Block(numbers, dict(zip(names, columns, strict=True)))
