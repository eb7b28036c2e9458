"""Quoted fields, which may span several lines, parsed in linear time."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from rnnkit.storage.reading import TEXT_CHARACTERS

_WITHIN = re.compile(r'[^"]*(?:""[^"]*)*')


def within_quotes(text: str, place: int, lines: Iterator[str]) -> tuple[str, str, int] | None:
    """Parses a quoted field.

    Args:
        text: The line with its opening quote.
        place: The position after the opening quote.
        lines: The following lines, which are consumed until the quote is closed.

    Returns:
        The field, the line with its closing quote, and the position after that quote; None if it
        is never closed.

    Raises:
        csv.Error: If the field is longer than a text may be.
    """
    pieces, size = [], 0
    while True:
        match = _WITHIN.match(text, place)
        assert match  # it may be empty
        pieces.append(match[0])
        size += len(match[0])
        if size > TEXT_CHARACTERS:
            raise csv.Error("field")
        if match.end() < len(text):
            return "".join(pieces).replace('""', '"'), text, match.end() + 1
        if (following := next(lines, None)) is None:
            return None
        text, place = following, 0
