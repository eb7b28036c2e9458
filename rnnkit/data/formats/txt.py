"""Plain text, one record per line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, ClassVar

from rnnkit.data.formats.format import Row
from rnnkit.data.formats.text import TextFormat
from rnnkit.storage.reading import require_text

COLUMN = "text"  # the name of the only column


class Txt(TextFormat):
    """One text a line, {"text": ...}; blank lines count."""

    suffixes: ClassVar[tuple[str, ...]] = (".txt",)

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        for number, line in self.lines(file, source):
            require_text(line, self.place(source, number))
            yield Row(number, {COLUMN: line})
