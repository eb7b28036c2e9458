"""Splits Arrow tables into parts that fit in memory, and limits the size of their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rnnkit.environment import require
from rnnkit.storage.reading import ROW_BYTES, TEXT_CHARACTERS, long_row, require_text

AT_ONCE = 16_000_000  # bytes of a part
MOST_ROWS = 65_536


def parts_of(batch: Any) -> Iterator[Any]:
    """Splits a record batch into parts that fit in memory as Python objects."""
    waiting = [batch] if batch.num_rows else []
    while waiting:
        part = waiting.pop()
        if part.num_rows > 1 and (part.num_rows > MOST_ROWS or _bytes(part) > AT_ONCE):
            half = part.num_rows // 2
            waiting += [part.slice(half), part.slice(0, half)]
        else:
            yield part


def _bytes(part: Any) -> int:
    """The size of a batch in bytes, with dictionary-encoded values written out."""
    types = pyarrow().types
    return sum(
        len(column) * longest(column.dictionary)
        if types.is_dictionary(column.type)
        else int(column.nbytes)
        for column in part.columns
    )


def longest(column: Any) -> int:
    """The bytes of the longest text of a column; 0 if it does not contain texts."""
    from pyarrow import compute

    types, kind = pyarrow().types, column.type
    if types.is_dictionary(kind):
        return longest(column.dictionary)
    is_view = types.is_string_view(kind) or types.is_binary_view(kind)
    is_text = types.is_string(kind) or types.is_large_string(kind)
    if (
        not is_view
        and not is_text
        and not types.is_binary(kind)
        and not types.is_large_binary(kind)
    ):
        return 0
    column = column.cast("large_binary") if is_view else column
    return compute.max(compute.binary_length(column)).as_py() or 0


def require_texts(part: Any, place: Callable[[int], str], numbers: range) -> None:
    """Checks the length of texts and rows before they are converted to Python objects.

    Args:
        part: Some rows.
        place: Names the row with a number in messages.
        numbers: The numbers of the rows.

    Raises:
        RnnkitError: If a text or a row is too long.
    """
    for column in part.columns:
        if longest(column) > TEXT_CHARACTERS:
            for number, text in zip(numbers, column, strict=True):
                require_text(text.as_py() or "", place(number))
    if part.num_rows == 1 and (size := _bytes(part)) > ROW_BYTES:
        raise long_row(f"a row of {size:,} bytes", place(numbers[0]))


def pyarrow() -> Any:
    """Imports pyarrow.

    Raises:
        RnnkitError: If it is not installed.
    """
    require("pyarrow", "parquet")
    import pyarrow

    return pyarrow
