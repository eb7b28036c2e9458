"""Guesses the dialect of a delimited table from its first lines, for hints in error messages; a
hint is given only if the table can be read that way.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rnnkit.data.formats.encodings import kind_hint
from rnnkit.data.formats.spaced import BLANK, spaced_records
from rnnkit.errors import setting

LINES = 40  # of a file that are examined
MARKS = {",": ",", ";": ";", "|": "|", "tab": "\t", "whitespace": BLANK}
_MOST_ABOVE = 20  # lines above a header, at most


class Dialect(NamedTuple):
    """The separator of a table, and the number of lines above its header."""

    skip_rows: int
    separator: str

    def names(self, lines: Sequence[str]) -> list[str]:
        """The fields of the header."""
        header = lines[self.skip_rows : self.skip_rows + 1]
        return [name.strip() for name in _fields(header[0], self.separator)] if header else []

    def instead_of(self, expected: Dialect) -> str:
        """The config keys that choose this dialect instead of the expected one."""
        keys = []
        if self.skip_rows != expected.skip_rows:
            keys.append(setting("skip_rows", self.skip_rows))
        if self.separator != expected.separator:
            keys.append(setting("separator", self.separator))
        return " and ".join(keys)


def cure_without_column(expected: Dialect, lines: Sequence[str], column: str) -> str:
    """A hint if a column is missing from the header, but present in another dialect.

    Args:
        expected: The dialect in which the table was read.
        lines: The first lines of the file.
        column: The missing column.

    Returns:
        What to do; "" if the lines do not show it.
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
    # sentences with the same number of words would look like a table separated by blanks
    return cure_of_rows(expected, lines, [name for name in MARKS if name != "whitespace"])


def cure_of_rows(
    expected: Dialect, lines: Sequence[str], separators: Sequence[str] = tuple(MARKS)
) -> str:
    """A hint if rows have unequal lengths, but equal ones in another dialect.

    Args:
        expected: The dialect in which the table was read.
        lines: The first lines of the file.
        separators: The separators to try.

    Returns:
        What to do; "" if there is no such dialect, or the first lines are equally long.
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
    """Other dialects, the most likely ones first."""
    for skip_rows in dict.fromkeys([expected.skip_rows, *_header_lines(lines)]):
        for separator in dict.fromkeys([expected.separator, *MARKS]):
            if (dialect := Dialect(skip_rows, separator)) != expected:
                yield dialect


def _header_lines(lines: Sequence[str]) -> Iterator[int]:
    """The lines that may be the header: the first one below comments, titles and blank lines."""
    for number, line in enumerate(lines[:_MOST_ABOVE]):
        is_title = not any(
            mark in line.strip().strip(mark) for mark in MARKS.values() if mark != BLANK
        )
        if not line.startswith("#") and not is_title:
            yield number
            return
        yield number


def _are_equal(dialect: Dialect, lines: Sequence[str]) -> bool:
    """Whether all rows have as many fields as the header, and more than one."""
    rows = _rows(lines[dialect.skip_rows + 1 :], dialect.separator)
    counts = set(map(len, rows))
    return len(rows) > 0 and counts == {len(dialect.names(lines))} and min(counts) > 1


def _rows(lines: Sequence[str], separator: str) -> list[list[str]]:
    """The fields of each row, without a last one whose quotes are still open."""
    filled = [line for line in lines if line.strip()]
    if separator == "whitespace":
        return [_fields(line, separator) for line in filled]
    rows = list(csv.reader(filled, delimiter=MARKS[separator]))
    return rows[:-1] if sum(line.count('"') for line in filled) % 2 else rows


def _fields(line: str, separator: str) -> list[str]:
    if separator == "whitespace":
        return next(spaced_records(iter([line])), [])
    return next(csv.reader([line], delimiter=MARKS[separator]), [])
