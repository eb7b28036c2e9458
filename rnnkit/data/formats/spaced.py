"""Rows whose fields are separated by any number of blanks, such as columns aligned by spaces.

An empty field is written as two quotes; a field that contains a blank or a line end is quoted.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from rnnkit.data.formats.oversize import require_fields
from rnnkit.data.formats.quotes import within_quotes

BLANK = " "
"""The separator when writing; when reading, any run of blanks and tabs."""

_FIELD = re.compile(r'[ \t]*([^" \t\r\n][^ \t\r\n]*)')
_OPENING = re.compile(r'[ \t]*"')
_END = re.compile(r"[ \t\r\n]*\Z")
_NEEDS_QUOTES = re.compile(r'["\s]')


def spaced_records(lines: Iterator[str]) -> Iterator[list[str]]:
    """The fields of each row; none for a blank row. A quoted field may span lines.

    Raises:
        csv.Error: If a field is longer than a text may be.
    """
    for line in lines:
        fields = _fields(line, lines)
        if fields is None:
            deque(lines, maxlen=0)  # the remaining lines belong to the open quote
        yield [line] if fields is None else fields


def quoted(field: str) -> str:
    """A field as written, quoted if needed."""
    if field and not _NEEDS_QUOTES.search(field):
        return field
    return '"' + field.replace('"', '""') + '"'


def _fields(text: str, lines: Iterator[str]) -> list[str] | None:
    """The fields of a row that begins with this line; None if a quote is never closed, or a closing
    quote is not followed by a blank.
    """
    fields, place = [], 0
    while not _END.match(text, place):
        if plain := _FIELD.match(text, place):
            fields.append(plain[1])
            place = plain.end()
            continue
        opening = _OPENING.match(text, place)
        closed = within_quotes(text, opening.end(), lines) if opening else None
        if closed is None:
            return None
        field, text, place = closed
        if place < len(text) and text[place] not in " \t\r\n":
            return None
        fields.append(field)
    require_fields(fields)
    return fields
