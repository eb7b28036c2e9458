"""The lines of a table, with what messages need to know of them."""

from __future__ import annotations

import csv
import itertools
import sys
from collections.abc import Iterator
from typing import IO

from rnnkit.data.formats.dialects import LINES
from rnnkit.data.formats.text import BYTE_ORDER_MARK


class TableLines:
    """The lines of a text, of which the first ones are remembered; it ends at a zero byte.

    Args:
        text: The text.
    """

    def __init__(self, text: IO[str]):
        self.first: list[str] = []
        self.stopped = False
        """Whether a line was asked for beyond the last one."""
        self.zero: str | None = None
        """The line with a zero byte."""
        self.taken = 0
        """Characters since it was last set to 0: of the row that is being read."""
        self.most = sys.maxsize
        """How many a row may have, of several lines."""
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
        """The first lines, of which as many more are read as it takes."""
        for _ in itertools.islice(self._lines, LINES - len(self.first)):
            pass
        return self.first
