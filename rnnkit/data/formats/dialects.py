"""How a table of separated fields is written, as far as its first lines show: for hints, which
are tried before they are given.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rnnkit.data.formats.encodings import kind_hint
from rnnkit.data.formats.spaced import BLANK, spaced_records
from rnnkit.errors import setting

LINES = 40  # of a file that are looked at
MARKS = {",": ",", ";": ";", "|": "|", "tab": "\t", "whitespace": BLANK}
_MOST_ABOVE = 20  # lines above a header


class Dialect(NamedTuple):
    """What a table of separated fields may have in another way than is expected."""

    skip_rows: int
    separator: str

    def names(self, lines: Sequence[str]) -> list[str]:
        """The fields of the header."""
        header = lines[self.skip_rows : self.skip_rows + 1]
        return [name.strip() for name in _fields(header[0], self.separator)] if header else []

    def instead_of(self, expected: Dialect) -> str:
        """The keys that say so."""
        keys = []
        if self.skip_rows != expected.skip_rows:
            keys.append(setting("skip_rows", self.skip_rows))
        if self.separator != expected.separator:
            keys.append(setting("separator", self.separator))
        return " and ".join(keys)


def cure_without_column(expected: Dialect, lines: Sequence[str], column: str) -> str:
    """What to do about a header that lacks a column which it has in another dialect, or that is
    no header of several columns; "" if the lines show nothing of the kind.
    """
    if kind := kind_hint("".join(lines[:1]).encode()):
        return kind
    if lines and all(line.startswith("__label__") for line in lines):
        return "It holds lines of fastText: write each as a row of two columns, label and text"
    for dialect in _others(expected, lines):
        is_sure = dialect.separator != "whitespace" or _are_equal(dialect, lines)
        if is_sure and column in dialect.names(lines):
            return f"{_what(dialect, expected)}: {dialect.instead_of(expected)}"
    if len(expected.names(lines)) > 1:
        return ""
    # words of equal sentences look like fields between blanks, and have no such column
    return cure_of_rows(expected, lines, [name for name in MARKS if name != "whitespace"])


def cure_of_rows(
    expected: Dialect, lines: Sequence[str], separators: Sequence[str] = tuple(MARKS)
) -> str:
    """What to do about rows of unequal length where they are equal in another dialect; "" if
    there is none, or where the first lines are equal as they are.

    Args:
        expected: As which they were read.
        lines: The first lines of the file.
        separators: What its fields may be separated by.
    """
    if _are_equal(expected, lines):
        return ""
    for dialect in _others(expected, lines):
        if dialect.separator in separators and _are_equal(dialect, lines):
            return f"{_what(dialect, expected)}: {dialect.instead_of(expected)}"
    return ""


def _what(dialect: Dialect, expected: Dialect) -> str:
    if dialect.skip_rows != expected.skip_rows:
        return f"The header seems to be in line {dialect.skip_rows + 1}"
    name = {"tab": "a tab", "whitespace": "blanks"}.get(dialect.separator, repr(dialect.separator))
    return f"Its fields seem to be separated by {name}"


def _others(expected: Dialect, lines: Sequence[str]) -> Iterator[Dialect]:
    """Other dialects, the likely ones first."""
    above = [expected.skip_rows, *_aboves(lines)]
    for skip_rows in dict.fromkeys(above):
        for separator in dict.fromkeys([expected.separator, *MARKS]):
            if (dialect := Dialect(skip_rows, separator)) != expected:
                yield dialect


def _aboves(lines: Sequence[str]) -> Iterator[int]:
    """How many lines may be above the header: comments, titles and blank ones."""
    for number, line in enumerate(lines[:_MOST_ABOVE]):
        is_title = not any(
            mark in line.strip().strip(mark) for mark in MARKS.values() if mark != BLANK
        )
        if not line.startswith("#") and not is_title:
            yield number
            return
        yield number


def _are_equal(dialect: Dialect, lines: Sequence[str]) -> bool:
    """Whether some rows have as many fields as the header, and those are several."""
    rows = _rows(lines[dialect.skip_rows + 1 :], dialect.separator)
    counts = set(map(len, rows))
    return len(rows) > 0 and counts == {len(dialect.names(lines))} and min(counts) > 1


def _rows(lines: Sequence[str], separator: str) -> list[list[str]]:
    """The fields of each row; one that the end of `lines` divides, within quotes, is left out."""
    filled = [line for line in lines if line.strip()]
    if separator == "whitespace":
        return [_fields(line, separator) for line in filled]
    rows = list(csv.reader(filled, delimiter=MARKS[separator]))
    return rows[:-1] if sum(line.count('"') for line in filled) % 2 else rows


def _fields(line: str, separator: str) -> list[str]:
    if separator == "whitespace":
        return next(spaced_records(iter([line])), [])
    return next(csv.reader([line], delimiter=MARKS[separator]), [])
