"""Rows whose quotes are plain characters, as most tab-separated files have them.

A row with a field that holds a separator or a line end cannot be written so. All of its fields are
enclosed in quotes then, doubled inside; and only such a row is read so: a sentence in quotation
marks, or one that begins with a lone quote, stays as it is.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache

from rnnkit.data.formats.spaced import BLANK

_FIELD = r'"[^"]*(?:""[^"]*)*"'
_BLANKS = "[ \t]+"
_LINE_END = re.compile(r"[\r\n]")


def plain_records(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """The fields of each row; of a blank one none."""
    waiting: deque[str] = deque()  # lines that were looked at
    count: int | None = None
    while waiting or (line := next(lines, None)) is not None:
        line = waiting.popleft() if waiting else line or ""
        fields = None
        if line.startswith('"'):
            fields = _enclosed(line, lines, waiting, delimiter, count)
        if fields is None:
            text = line.rstrip("\r\n")
            fields = _split(text, delimiter)
        count = len(fields) if count is None else count
        yield fields


def plain_row(fields: Sequence[str], delimiter: str) -> str:
    """A row without its line end."""
    row = delimiter.join(fields)
    if any(_holds(field, delimiter) for field in fields) or (
        row.startswith('"') and _is_enclosed(row, delimiter) is not False
    ):
        return delimiter.join('"' + field.replace('"', '""') + '"' for field in fields)
    return row


def _enclosed(
    line: str, lines: Iterator[str], waiting: deque[str], delimiter: str, count: int | None
) -> list[str] | None:
    """The fields of a row that is enclosed throughout, which may take further lines; None where it
    is plain.
    """
    taken = [line]
    while (whole := _is_enclosed("".join(taken), delimiter)) is None:
        further = None
        while further is None or '"' not in further:
            further = waiting.popleft() if waiting else next(lines, None)
            if further is None:
                break
            taken.append(further)
        if further is None:
            break
    row = "".join(taken).rstrip("\r\n")
    fields = [field[1:-1].replace('""', '"') for field in re.findall(_FIELD, row)] if whole else []
    if fields and count in (None, len(fields)) and any(_is_needed(f, delimiter) for f in fields):
        return fields
    waiting.extendleft(reversed(taken[1:]))
    return None


def _is_enclosed(row: str, delimiter: str) -> bool | None:
    """Whether quotes enclose every field of a row; None where the last one is still open."""
    whole, opened = _patterns(delimiter)
    if whole.fullmatch(row):
        return True
    return None if opened.fullmatch(row) else False


@cache
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    mark = _BLANKS if delimiter == BLANK else re.escape(delimiter)
    whole = re.compile(rf"{_FIELD}(?:{mark}{_FIELD})*[\r\n]*")
    return whole, re.compile(rf'(?:{_FIELD}{mark})*"[^"]*(?:""[^"]*)*')


def _is_needed(field: str, delimiter: str) -> bool:
    return '"' in field or _holds(field, delimiter)


def _holds(field: str, delimiter: str) -> bool:
    """Whether a field without quotes would be read as several, or as none."""
    if delimiter == BLANK and (not field or "\t" in field):
        return True
    return delimiter in field or _LINE_END.search(field) is not None


def _split(text: str, delimiter: str) -> list[str]:
    if delimiter == BLANK:
        text = text.strip(" \t")
        return re.split(_BLANKS, text) if text else []
    return text.split(delimiter) if text else []
