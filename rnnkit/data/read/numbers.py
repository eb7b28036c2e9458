"""Numbers from the cells of a table, and its words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.data.read.number_format import NumberFormat
from rnnkit.data.read.number_hints import number_hint, other_hint
from rnnkit.errors import RnnkitError

LARGEST = 1e38  # what float32 holds
SHOWN_TO_HINTS = 10_000  # cells on both sides of one that is not a number


def read_numbers(
    cells: Sequence[object], name: str, rows: Sequence[int], source: str, used: NumberFormat
) -> np.ndarray:
    """A column of numbers: (rows,) float64, nan where one is missing.

    Args:
        cells: Its cells.
        name: Its name.
        rows: The numbers of its rows.
        source: The file.
        used: How its numbers are written.

    Raises:
        RnnkitError: If a cell is not a number, with its row.
    """
    values = _at_once(cells) if used.is_plain else None
    if values is None:
        values = np.empty(len(cells))
        for index, cell in enumerate(cells):
            try:
                values[index] = used.parse(cell)
            except (TypeError, ValueError):
                got = f"{source}: row {rows[index]}: {name} is {cell!r}"
                near = cells[max(0, index - SHOWN_TO_HINTS) : index + SHOWN_TO_HINTS]
                hint = number_hint(near, used) or other_hint(near, name, used)
                raise RnnkitError("", got, "Expected a number, or an empty cell", hint) from None
    if len(wrong := np.flatnonzero(np.abs(values) > LARGEST)):
        got = f"{source}: row {rows[wrong[0]]}: {name} is {cells[wrong[0]]}"
        hint = "Mend the cell, or leave it empty"
        raise RnnkitError("", got, "Expected a finite number", hint)
    return values


def _at_once(cells: Sequence[Any]) -> np.ndarray | None:
    """The cells as Python reads numbers; None where one of them is something else, or missing."""
    try:
        return np.fromiter(map(float, cells), float, len(cells))
    except (TypeError, ValueError):
        return None


def listed_numbers(cell: object, used: NumberFormat) -> list[object]:
    """The numbers of a cell with one, or with several between spaces, or commas (semicolons where a
    comma is part of a number); none where it is empty.
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
    """A category; "" where the cell is empty. None, NA and null are categories like others."""
    is_empty = cell is None or (isinstance(cell, float) and math.isnan(cell))
    return "" if is_empty else str(cell).strip()
