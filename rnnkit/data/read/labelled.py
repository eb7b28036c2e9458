"""Reads texts and labels, or features instead of labels, from a table, and reports the rows that
are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from rnnkit.data.formats.block import Block
from rnnkit.data.formats.format import Record, Rows
from rnnkit.data.raw.label_names import LabelCells, says_nan
from rnnkit.data.raw.labelled import Examples, Label, counted_rows, places
from rnnkit.data.read.columns import Columns, RequiredColumns, text_of
from rnnkit.data.read.row_numbers import features_of, weight_of
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import RowsLeftOut
from rnnkit.quantities import counted

EMPTY = "an empty text"
CALLED_NAN = "the label nan, read as missing,"
WEIGHTLESS = "a weight of 0"
Read = TypeVar("Read")


def read_labelled(rows: Rows, columns: Columns) -> tuple[Examples, list[str]]:
    """Reads the rows that have a text and a label (or features instead).

    Args:
        rows: The table.
        columns: Which of its columns to read, and how.

    Returns:
        The examples, and lines about the rows that were left out.

    Raises:
        RnnkitError: If a column is missing, a cell is invalid, or no row is left.
    """
    required = RequiredColumns(rows, columns.names, {**columns.kept, **columns.keys})
    reading = _Reading(rows, columns)
    with rows:
        for block in rows.blocks():
            required.check_block(block)
            reading.add(block)
    return reading.examples()


class _Reading:
    """Collects examples from the blocks of a table.

    Args:
        rows: The table.
        columns: Which of its columns to read, and how.
    """

    def __init__(self, rows: Rows, columns: Columns):
        self._rows, self._columns = rows, columns
        self._label = LabelCells(columns.label, columns.delimiter)
        self._texts: list[str] = []
        self._labels: list[Label] = []
        self._features: list[list[float]] = []
        self._weights: list[float] = []
        self._numbers: list[int] = []
        self._kept: dict[str, list[Any]] = {column: [] for column in columns.kept}
        self._missing = "no features" if columns.features else "no label"
        kinds = (EMPTY, self._missing, CALLED_NAN, WEIGHTLESS)
        self._skipped: dict[str, list[str]] = {kind: [] for kind in kinds}

    def add(self, block: Block) -> None:
        """Adds the rows of the next block.

        Raises:
            RnnkitError: If a cell is invalid.
        """
        texts, labels = self._texts_of(block), self._labels_of(block)
        features, weights = self._features_of(block), self._weights_of(block)
        label_cells, chosen = self._cells_of_missing(block, labels), []
        for index, text in enumerate(texts):
            reason = None
            if not text.strip():
                reason = EMPTY
            elif labels[index] is None or features[index] is None:
                reason = CALLED_NAN if says_nan(label_cells[index]) else self._missing
            elif not weights[index]:
                reason = WEIGHTLESS
            if reason:
                self._skipped[reason].append(str(block.numbers[index]))
            else:
                chosen.append(index)
        self._texts += _chosen(texts, chosen)
        self._labels += _chosen(labels, chosen)
        self._numbers += _chosen(block.numbers, chosen)
        if self._columns.features:
            self._add_features(block, features, chosen)
        if self._columns.weight is not None:
            self._weights += _chosen(weights, chosen)
        for column, values in self._kept.items():
            is_present = column in block.names
            values += _chosen(block.cells(column) if is_present else [None] * len(block), chosen)

    def _texts_of(self, block: Block) -> list[str]:
        columns, separator = self._columns.texts, self._columns.separator
        if len(columns) == 1:
            return self._each(block, columns, partial(text_of, column=columns[0]))
        return self._each(block, columns, lambda *cells: joined_cells(cells, columns, separator))

    def _labels_of(self, block: Block) -> list[Label | None]:
        if self._columns.features:
            return [()] * len(block)
        return self._each(block, self._label.names, self._label.read)

    def _cells_of_missing(self, block: Block, labels: Sequence[Label | None]) -> Sequence[Any]:
        """The cells of the label column if a label is missing, else None for each row."""
        column = self._columns.label
        if isinstance(column, str) and None in labels:
            return block.cells(column)
        return [None] * len(block)

    def _features_of(self, block: Block) -> list[list[float] | None]:
        names, form = self._columns.features, self._columns.numbers
        if not names:
            return [[]] * len(block)
        return self._each(block, names, lambda *cells: features_of(cells, names, form))

    def _weights_of(self, block: Block) -> list[float]:
        name, form = self._columns.weight, self._columns.numbers
        if name is None:
            return [1.0] * len(block)
        return self._each(block, [name], lambda cell: weight_of(cell, name, form))

    def _each(self, block: Block, names: Sequence[str], read: Callable[..., Read]) -> list[Read]:
        """Applies a function to the cells of each row; errors are reported with the row."""
        results: list[Read] = []
        try:
            for result in map(read, *map(block.cells, names)):
                results.append(result)
        except RnnkitError:
            with at(self._rows.place(block.numbers[len(results)])):
                raise
        return results

    def _add_features(
        self, block: Block, features: Sequence[list[float] | None], chosen: Sequence[int]
    ) -> None:
        for index in chosen:
            numbers = features[index] or []
            first = self._features[0] if self._features else numbers
            if len(numbers) != len(first):
                has = f"row {block.numbers[index]} has {counted(len(numbers), 'feature')}"
                got = f"{self._rows.source}: {has}, row {self._numbers[0]} has {len(first):,}"
                raise RnnkitError("", got, "Expected the same number for every text")
            self._features.append(numbers)

    def examples(self) -> tuple[Examples, list[str]]:
        """All examples, and lines about the rows that were left out.

        Raises:
            RnnkitError: If no row is left.
        """
        rows, columns, notes = self._rows, self._columns, list[str]()
        for what, skipped in self._skipped.items():
            where = f"{rows.source}: {counted_rows(skipped)} with {what} left out"
            line = f"{where}: row {places(skipped)}"
            notes += [line if what == WEIGHTLESS else RowsLeftOut(line)] if skipped else []
        if not self._texts:
            what = "features" if columns.features else "a label"
            got = f"{rows.source} has no row with a text and {what}"
            cure = rows.format.why_no_column(rows, columns.names[0]) or "Is it the right file?"
            raise RnnkitError("", got, "Expected rows", "; ".join(notes) or cure)
        features = np.array(self._features, np.float32) if columns.features else None
        weights = None
        if columns.weight is not None:
            weights = np.array(self._weights, np.float32)
            span = f"weights from {min(self._weights):g} to {max(self._weights):g}"
            used = f"({columns.weight}), used in the loss of training, not in scores"
            notes.append(f"{rows.source}: {span} {used}")
        place_of, numbers = rows.place, self._numbers

        def place(index: int) -> str:
            return place_of(numbers[index])

        return Examples(self._texts, self._labels, place, features, self._kept, weights), notes


def _chosen(values: Sequence[Any], chosen: Sequence[int]) -> Sequence[Any]:
    return values if len(chosen) == len(values) else [values[index] for index in chosen]


def joined_text(record: Record, columns: Sequence[str], separator: str = " ") -> str:
    """The text of a row: one cell, or the cells of several columns that are not blank, joined.

    Args:
        record: The row, which has these columns.
        columns: The columns, in the order of the text.
        separator: Separates the texts of several columns.

    Raises:
        RnnkitError: If a cell is not text.
    """
    return joined_cells([record[column] for column in columns], columns, separator)


def joined_cells(cells: Sequence[Any], columns: Sequence[str], separator: str) -> str:
    """The text in the cells of these columns, as in `joined_text`."""
    texts = list(map(text_of, cells, columns))
    if len(texts) == 1:
        return texts[0]
    return separator.join(text for text in texts if text.strip())
