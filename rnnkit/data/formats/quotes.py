"""Fields between quotes, which may take several lines: each character is looked at once."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from rnnkit.storage.reading import TEXT_CHARACTERS

_WITHIN = re.compile(r'[^"]*(?:""[^"]*)*')


def within_quotes(text: str, place: int, lines: Iterator[str]) -> tuple[str, str, int] | None:
    """A field, the line in which it is closed, and the place after its closing quote; None if it
    is never closed.

    Args:
        text: The line in which it is opened.
        place: After its opening quote.
        lines: The lines that follow, which are taken as long as it is open.

    Raises:
        csv.Error: If it is longer than a text may be.
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
