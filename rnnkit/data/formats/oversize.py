"""Rows of a table that are too long, or have a field that is."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from rnnkit.errors import RnnkitError
from rnnkit.storage.reading import ROW_BYTES, ROW_FIELDS, TEXT_CHARACTERS, long_row, long_text


def require_fields(fields: Sequence[str]) -> None:
    """Refuses a field that is longer than a text may be, as the csv module does.

    Raises:
        csv.Error: If there is one.
    """
    if any(len(field) > TEXT_CHARACTERS for field in fields):
        raise csv.Error("field")


def oversize(error: csv.Error, place: str, *, quotes: bool) -> RnnkitError:
    """The error for a row, or a field of it, that is too long.

    Args:
        error: What `TableLines`, `require_fields` or the csv module raised.
        place: The row, as messages call it.
        quotes: Whether quotes enclose fields: one that is opened and never closed takes all rows.
    """
    if "row" in str(error):
        said = long_row(f"a row of more than {ROW_BYTES:,} characters", place)
    elif "field" in str(error):
        said = long_text(f"a field of more than {TEXT_CHARACTERS:,} characters", place)
    else:
        return RnnkitError(place, f"cannot be read ({error})", "Expected a row of fields")
    if quotes:
        said.hint += ", or close the quote that it opens"
    return said


def require_columns(fields: Sequence[str], place: str) -> None:
    """Refuses a table of more columns than a row may have.

    Raises:
        RnnkitError: If it is one.
    """
    if len(fields) > ROW_FIELDS:
        raise long_row(f"a row of {len(fields):,} fields", place)
