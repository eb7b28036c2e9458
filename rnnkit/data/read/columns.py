"""The columns that a table must have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnkit.data.formats.format import Row, Rows
from rnnkit.errors import RnnkitError, did_you_mean

LONGEST_NAME = 40  # characters of a column's name in a message


def with_columns(rows: Rows, wanted: Sequence[str], *, example: str = "text: 0") -> Iterator[Row]:
    """The rows of a table, each of which has these columns.

    Args:
        rows: The table.
        wanted: The columns.
        example: How a config names a column by its number.

    Raises:
        RnnkitError: With the columns that there are, if one is missing.
    """
    place = rows.source  # the first row speaks for the file
    with rows:
        for row in rows:
            for column in wanted:
                if column not in row.values:
                    place = place or rows.place(row.number)
                    raise _no_column(rows, place, column, list(row.values), example)
            place = ""
            yield row


def _no_column(
    rows: Rows, place: str, column: str, there: Sequence[str], example: str
) -> RnnkitError:
    named = ", ".join(
        repr(name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "...")
        for name in there
    )
    hint = did_you_mean(column, there) or rows.format.why_no_column(there, example)
    return RnnkitError("", f"no column {column!r} in {place}", f"It has: {named}", hint)
