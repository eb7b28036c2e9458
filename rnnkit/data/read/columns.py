"""The columns that a table must have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rnnkit.data.formats.csv import DelimitedFormat
from rnnkit.data.formats.format import Row, Rows
from rnnkit.errors import RnnkitError, did_you_mean, setting

LONGEST_NAME = 40  # characters of a column's name in a message
TEXTS = ("text", "source", "--column")
"""The keys of columns of running text."""


def with_columns(
    rows: Rows, wanted: Sequence[str], keys: Mapping[str, str] | None = None
) -> Iterator[Row]:
    """The rows of a table, each of which has these columns.

    Args:
        rows: The table.
        wanted: The columns.
        keys: By which key the user names a column, such as {"text": "text"}; those that no key
            names are missing.

    Raises:
        RnnkitError: With the columns that there are, if one is missing.
    """
    place = rows.source  # the first row speaks for the file
    with rows:
        for row in rows:
            for column in wanted:
                if column not in row.values:
                    place = place or rows.place(row.number)
                    named = ", ".join(map(_shown, row.values))
                    got = f"no column {column!r} in {place}"
                    hint = _hint(rows, row, column, keys or {})
                    raise RnnkitError("", got, f"It has: {named}", hint)
            place = ""
            yield row


def _shown(name: str) -> str:
    return repr(name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "...")


def _hint(rows: Rows, row: Row, column: str, keys: Mapping[str, str]) -> str:
    there = list(row.values)
    if cure := rows.format.why_no_column(rows, column) or did_you_mean(column, there):
        return cure
    key = keys.get(column)
    if key is None or not there:
        return f"Rename the column to {column!r}"
    free = [name for name in there if name not in keys] or there
    guess = max(free, key=lambda name: len(str(row.values[name]))) if key in TEXTS else free[0]
    is_table, number = isinstance(rows.format, DelimitedFormat), there.index(guess)
    if is_table and not getattr(rows.format, "header", True):
        return f"Name the column: {setting(key, number)}"
    hint = f"Name the column: {setting(key, guess)}"
    if is_table:
        keys_of_numbers = f"{setting('header', False)} and {setting(key, number)}"
        hint += f"; if the first row is not a header: {keys_of_numbers}"
    return hint
