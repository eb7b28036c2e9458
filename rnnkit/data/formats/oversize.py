"""Limits on the length of rows and fields of a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from rnnkit.errors import RnnkitError
from rnnkit.storage.reading import ROW_BYTES, ROW_FIELDS, TEXT_CHARACTERS, long_row, long_text


def require_fields(fields: Sequence[str]) -> None:
    """Checks that no field is longer than a text may be, as the csv module does.

    Raises:
        csv.Error: If one is longer.
    """
    if any(len(field) > TEXT_CHARACTERS for field in fields):
        raise csv.Error("field")


def oversize(error: csv.Error, place: str, *, quotes: bool) -> RnnkitError:
    """The error for a row or field that is too long.

    Args:
        error: The error of `TableLines`, `require_fields` or the csv module.
        place: The name of the row in messages.
        quotes: Whether fields may be quoted: a quote that is never closed swallows all rows.
    """
    if "row" in str(error):
        long = long_row(f"a row of more than {ROW_BYTES:,} characters", place)
    elif "field" in str(error):
        long = long_text(f"a field of more than {TEXT_CHARACTERS:,} characters", place)
    else:
        return RnnkitError(place, f"cannot be read ({error})", "Expected a row of fields")
    if quotes:
        long.hint += ", or close the quote that it opens"
    return long


def require_columns(fields: Sequence[str], place: str) -> None:
    """Checks that a table has no more columns than a row may have.

    Raises:
        RnnkitError: If it has more.
    """
    if len(fields) > ROW_FIELDS:
        raise long_row(f"a row of {len(fields):,} fields", place)
