"""Rows in which quotes are plain characters, as in most tab-separated files.

Only a row with a field that contains a separator or a line end is quoted: all of its fields are
enclosed in quotes, which are doubled inside. Only such a row is read as quoted: a sentence in
quotation marks, or one that begins with a single quote, is left unchanged.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache

from rnnkit.data.formats.oversize import require_fields
from rnnkit.data.formats.quotes import within_quotes
from rnnkit.data.formats.spaced import BLANK
from rnnkit.storage.reading import TEXT_CHARACTERS

_FIELD = r'"[^"]*(?:""[^"]*)*"'
_BLANKS = "[ \t]+"
_LINE_ENDS = re.compile(r"[\r\n]*")
_LINE_END = re.compile(r"[\r\n]")


def unquoted_records(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    """The fields of each row; none for a blank row.

    Raises:
        csv.Error: If a field is longer than a text may be.
    """
    waiting: deque[str] = deque()  # lines that were read ahead
    count: int | None = None
    while waiting or (line := next(lines, None)) is not None:
        line = waiting.popleft() if waiting else line or ""
        fields = None
        if line.startswith('"'):
            fields = _quoted_row(line, lines, waiting, delimiter, count)
        if fields is None:
            text = line.rstrip("\r\n")
            fields = _split(text, delimiter)
            if len(text) > TEXT_CHARACTERS:
                require_fields(fields)
        count = len(fields) if count is None else count
        yield fields


def unquoted_row(fields: Sequence[str], delimiter: str) -> str:
    """Writes a row, without its line end."""
    row = delimiter.join(fields)
    if any(_must_quote(field, delimiter) for field in fields) or (
        row.startswith('"') and _is_quoted(row, delimiter) is not False
    ):
        return delimiter.join('"' + field.replace('"', '""') + '"' for field in fields)
    return row


def _quoted_row(
    line: str, lines: Iterator[str], waiting: deque[str], delimiter: str, count: int | None
) -> list[str] | None:
    """The fields of a row whose every field is quoted, which may span lines; else None."""
    taken: list[str] = []

    def following() -> Iterator[str]:
        while waiting or (further := next(lines, None)) is not None:
            taken.append(waiting.popleft() if waiting else further or "")
            yield taken[-1]

    try:
        fields = _fields(line, following(), delimiter)
    except csv.Error:  # an open quote that is not closed nearby
        fields = []
    if fields and count in (None, len(fields)) and any(_needs_quotes(f, delimiter) for f in fields):
        return fields
    waiting.extendleft(reversed(taken))
    return None


def _fields(text: str, lines: Iterator[str], delimiter: str) -> list[str]:
    """The fields of a row that begins with a quote; empty unless every field is quoted."""
    between, place = _between(delimiter), 1
    fields = list[str]()
    while closed := within_quotes(text, place, lines):
        field, text, place = closed
        fields.append(field)
        if _LINE_ENDS.fullmatch(text, place):
            return fields
        opening = between.match(text, place)
        if not opening:
            break
        place = opening.end()
    return []


@cache
def _between(delimiter: str) -> re.Pattern[str]:
    """The pattern of a delimiter after a closing quote, with the next opening quote."""
    mark = _BLANKS if delimiter == BLANK else re.escape(delimiter)
    return re.compile(f'{mark}"')


def _is_quoted(row: str, delimiter: str) -> bool | None:
    """Whether every field of a row is quoted; None if the last quote is still open."""
    whole, opened = _patterns(delimiter)
    if whole.fullmatch(row):
        return True
    return None if opened.fullmatch(row) else False


@cache
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    mark = _BLANKS if delimiter == BLANK else re.escape(delimiter)
    whole = re.compile(rf"{_FIELD}(?:{mark}{_FIELD})*[\r\n]*")
    return whole, re.compile(rf'(?:{_FIELD}{mark})*"[^"]*(?:""[^"]*)*')


def _needs_quotes(field: str, delimiter: str) -> bool:
    return '"' in field or _must_quote(field, delimiter)


def _must_quote(field: str, delimiter: str) -> bool:
    """Whether a field would not be read as one field without quotes."""
    if delimiter == BLANK and (not field or "\t" in field):
        return True
    return delimiter in field or _LINE_END.search(field) is not None


def _split(text: str, delimiter: str) -> list[str]:
    if delimiter == BLANK:
        text = text.strip(" \t")
        return re.split(_BLANKS, text) if text else []
    return text.split(delimiter) if text else []
