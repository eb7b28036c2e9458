"""Reads numbers and categories from the cells of a table."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.data.formats.block import Block
from rnnkit.data.read.number_format import NumberFormat
from rnnkit.data.read.number_hints import number_hint, other_hint
from rnnkit.errors import RnnkitError

LARGEST = 1e38  # within the range of float32
EXAMINED = 10_000  # cells on both sides of one that is not a number, for hints


def read_numbers(
    cells: Sequence[object], name: str, rows: Sequence[int], source: str, used: NumberFormat
) -> np.ndarray:
    """Reads a numeric column: (rows,) float64, NaN where a number is missing.

    Args:
        cells: (rows,) the cells.
        name: The name of the column.
        rows: (rows,) the row numbers.
        source: The name of the file.
        used: The notation of the numbers.

    Raises:
        RnnkitError: If a cell is not a number, with its row.
    """
    values = numbers_of(cells, used)
    if values is None:
        index = next(index for index, cell in enumerate(cells) if not _is_number(cell, used))
        got = f"{source}: row {rows[index]}: {name} is {cells[index]!r}"
        near = cells[max(0, index - EXAMINED) : index + EXAMINED]
        hint = number_hint(near, used) or other_hint(near, name, used)
        if str(cells[index]).strip() == name:
            hint = "The header stands there again: remove the row"
        raise RnnkitError("", got, "Expected a number, or an empty cell", hint)
    if len(wrong := np.flatnonzero(np.abs(values) > LARGEST)):
        got = f"{source}: row {rows[wrong[0]]}: {name} is {cells[wrong[0]]}"
        hint = "Correct the cell, or leave it empty"
        raise RnnkitError("", got, f"Expected a finite number of at most {LARGEST:g}", hint)
    return values


def numbers_of(cells: Sequence[Any], used: NumberFormat) -> np.ndarray | None:
    """The numbers of cells, (rows,) float64, NaN where one is missing; None if a cell is not a
    number.
    """
    count = len(cells)
    if used.is_plain:
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            return np.fromiter(map(float, cells), float, count)
        with contextlib.suppress(TypeError, ValueError, OverflowError):  # empty cells, no marks
            numbers = (math.nan if cell is None or cell == "" else float(cell) for cell in cells)
            return np.fromiter(numbers, float, count)
    elif cells:
        with contextlib.suppress(TypeError):  # a cell that is not text
            if (texts := used.as_python_writes(cells)) is not None:
                return _without_sentinels(np.fromiter(map(float, texts), float, count), used)
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        return np.fromiter(map(used.parse, cells), float, count)
    return None


def numbers_of_block(block: Block, name: str, used: NumberFormat) -> np.ndarray | None:
    """The numbers of a column of a block, as in `numbers_of`."""
    array = block.array(name)
    if array is None or array.dtype.kind == "M":
        return numbers_of(block.cells(name), used)
    return _without_sentinels(array.astype(float), used)


def _without_sentinels(values: np.ndarray, used: NumberFormat) -> np.ndarray:
    """Replaces numbers that mark missing values by NaN."""
    if not used.sentinels:
        return values
    return np.where(np.isin(values, list(used.sentinels)), np.nan, values)


def _is_number(cell: object, used: NumberFormat) -> bool:
    try:
        used.parse(cell)
    except (TypeError, ValueError):
        return False
    return True


def listed_numbers(cell: object, used: NumberFormat) -> list[object]:
    """Splits a cell into numbers at spaces and commas (semicolons if a comma may be part of a
    number); empty for an empty cell.
    """
    if not isinstance(cell, str):
        return [] if cell is None else [cell]
    try:
        used.parse(cell)
    except ValueError:
        return list(
            cell.replace(";" if "," in (used.decimal, used.thousands) else ",", " ").split()
        )
    return [cell] if cell.strip() else []


def word(cell: object) -> str:
    """The category in a cell; "" if it is empty. None, NA and null as texts are categories."""
    is_empty = cell is None or (isinstance(cell, float) and math.isnan(cell))
    return "" if is_empty else str(cell).strip()
