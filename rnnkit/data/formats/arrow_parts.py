"""How much of a table of typed columns is converted at once, and what a row of it may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rnnkit.environment import require
from rnnkit.storage.reading import ROW_BYTES, TEXT_CHARACTERS, long_row, require_text

AT_ONCE = 16_000_000  # bytes
MOST_ROWS = 65_536


def parts_of(batch: Any) -> Iterator[Any]:
    """A batch of rows in parts that do not fill memory when they are Python's."""
    waiting = [batch] if batch.num_rows else []
    while waiting:
        part = waiting.pop()
        if part.num_rows > 1 and (part.num_rows > MOST_ROWS or _bytes(part) > AT_ONCE):
            half = part.num_rows // 2
            waiting += [part.slice(half), part.slice(0, half)]
        else:
            yield part


def _bytes(part: Any) -> int:
    """What the rows of a batch take, those of dictionaries written out."""
    types = pyarrow().types
    return sum(
        len(column) * longest(column.dictionary)
        if types.is_dictionary(column.type)
        else int(column.nbytes)
        for column in part.columns
    )


def longest(column: Any) -> int:
    """The bytes of the longest text of a column; 0 where it holds no texts."""
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
    """Refuses texts and rows that are too long, before they are Python's.

    Args:
        part: Some rows.
        place: How messages call a row, by its number.
        numbers: The numbers of the rows.

    Raises:
        RnnkitError: If there is one.
    """
    for column in part.columns:
        if longest(column) > TEXT_CHARACTERS:
            for number, text in zip(numbers, column, strict=True):
                require_text(text.as_py() or "", place(number))
    if part.num_rows == 1 and (size := _bytes(part)) > ROW_BYTES:
        raise long_row(f"a row of {size:,} bytes", place(numbers[0]))


def pyarrow() -> Any:
    """The library.

    Raises:
        RnnkitError: If it is not installed.
    """
    require("pyarrow", "parquet")
    import pyarrow

    return pyarrow
