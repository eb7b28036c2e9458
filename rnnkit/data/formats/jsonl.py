"""JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import IO, Any, ClassVar

from rnnkit.data.formats.format import Record, Row, Writer
from rnnkit.data.formats.text import LineWriter, TextFormat
from rnnkit.errors import RnnkitError


class JsonLines(TextFormat):
    """One JSON object a line."""

    suffixes: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")
    writes: ClassVar[bool] = True

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        for number, line in self.lines(file, source):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                got = f"not JSON ({error})"
                place = self.place(source, number)
                raise RnnkitError(place, got, "Expected one object a line") from None
            if not isinstance(record, dict):
                got = f"a {type(record).__name__}"
                raise RnnkitError(self.place(source, number), got, "Expected one object a line")
            yield Row(number, record)

    def encoder(self, file: IO[Any]) -> Writer:
        return _JsonWriter(file)


class _JsonWriter(LineWriter):
    def write(self, records: Sequence[Record]) -> None:
        """Adds a line for each record."""
        self.write_lines([json.dumps(record, ensure_ascii=False) for record in records])
