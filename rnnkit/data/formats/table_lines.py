"""The lines of a table, with what error messages need to know about them."""

from __future__ import annotations

import csv
import itertools
import sys
from collections.abc import Iterator
from typing import IO

from rnnkit.data.formats.dialects import LINES
from rnnkit.data.formats.text import BYTE_ORDER_MARK


class TableLines:
    """Iterates over the lines of an open text file up to a zero byte, and remembers the first ones.

    Args:
        text: The open file.
    """

    def __init__(self, text: IO[str]):
        self.first: list[str] = []
        self.stopped = False
        """Whether a reader asked for a line beyond the last one."""
        self.zero: str | None = None
        """The line with a zero byte; None if there is none so far."""
        self.taken = 0
        """Characters of the current row, which may span lines; the reader resets it to 0."""
        self.most = sys.maxsize
        """The most characters that a row may have."""
        self._lines = self._read(text)

    def __iter__(self) -> Iterator[str]:
        return self._lines

    def _read(self, text: IO[str]) -> Iterator[str]:
        for line in itertools.chain(self._head(text), text):
            if "\0" in line:
                self.zero = line
                break
            self.taken += len(line)
            if self.taken > self.most:
                raise csv.Error("row")
            yield line
        self.stopped = True

    def _head(self, text: IO[str]) -> Iterator[str]:
        for number, line in enumerate(itertools.islice(text, LINES)):
            self.first.append(line if number else line.removeprefix(BYTE_ORDER_MARK))
            yield self.first[-1]

    def head(self) -> list[str]:
        """The first lines; reads on as needed."""
        for _ in itertools.islice(self._lines, LINES - len(self.first)):
            pass
        return self.first
