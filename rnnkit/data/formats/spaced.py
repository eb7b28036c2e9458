"""Rows whose fields stand between blanks, however many: columns that are aligned by spaces.

An empty field is two quotes; a field that holds a blank or a line end is enclosed in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

BLANK = " "
"""What is written between two fields; read is any run of blanks and tabs."""

_FIELD = re.compile(
    r'[ \t]*(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"(?=[ \t\r\n]|\Z)|(?P<plain>[^" \t\r\n][^ \t\r\n]*))'
)
_END = re.compile(r"[ \t\r\n]*\Z")
_NEEDS_QUOTES = re.compile(r'["\s]')


def spaced_records(lines: Iterator[str]) -> Iterator[list[str]]:
    """The fields of each row; of a blank one none. A row whose quote stays open takes the lines
    after it.
    """
    for line in lines:
        row = line
        while (fields := _fields(row)) is None and (further := next(lines, None)) is not None:
            row += further
        yield [row] if fields is None else fields


def quoted(field: str) -> str:
    """A field as it is written."""
    if field and not _NEEDS_QUOTES.search(field):
        return field
    return '"' + field.replace('"', '""') + '"'


def _fields(row: str) -> list[str] | None:
    """None where a quote is open."""
    fields, place = [], 0
    while not _END.match(row, place):
        match = _FIELD.match(row, place)
        if match is None:
            return None
        plain = match["plain"]
        fields.append(match["quoted"].replace('""', '"') if plain is None else plain)
        place = match.end()
    return fields
