"""JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import IO, Any, ClassVar

from rnnkit.data.formats.format import Record, Row, Writer
from rnnkit.data.formats.text import LineWriter, TextFormat
from rnnkit.errors import RnnkitError
from rnnkit.platform.shell import quote
from rnnkit.storage.reading import ROW_FIELDS, TEXT_CHARACTERS, long_row, require_row


class JsonLines(TextFormat):
    """One JSON object a line."""

    suffixes: ClassVar[tuple[str, ...]] = (".jsonl", ".ndjson")
    writes: ClassVar[bool] = True

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        is_first = True
        for number, line in self.lines(file, source):
            if not line.strip():
                continue
            try:
                if len(line) > ROW_FIELDS < line.count("[") + line.count("{"):
                    raise long_row(
                        f"more than {ROW_FIELDS:,} lists and objects", self.place(source, number)
                    )
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise self._no_object(
                    source, number, line * is_first, f"not JSON ({error})"
                ) from None
            if not isinstance(record, dict):
                got = f"a {type(record).__name__}"
                raise self._no_object(source, number, line * is_first, got)
            is_first = False
            if len(line) > TEXT_CHARACTERS:
                require_row(record, self.place(source, number))
            yield Row(number, record)

    def _no_object(self, source: str, number: int, line: str, got: str) -> RnnkitError:
        """What is said of a line that is not an object: of an array, or of an object over several
        lines, what it is. Only the first line (else "") can be that of one.
        """
        expected, start = "Expected one object per line", line.strip()
        if not start.startswith("[") and start != "{":
            return RnnkitError(self.place(source, number), got, expected)
        objects = "json.load(sys.stdin)"
        if start.startswith("["):
            got = "this file is one array"
        else:
            got, objects = "an object over several lines", f"[{objects}]"
        code = f"import json, sys; [print(json.dumps(x)) for x in {objects}]"
        command = f'python -c "{code}" < {quote(source)} > lines.jsonl'
        hint = f"Write each object on a line of its own: `{command}`"
        return RnnkitError(self.place(source, number), got, expected, hint)

    def encoder(self, file: IO[Any]) -> Writer:
        return _JsonWriter(file)


class _JsonWriter(LineWriter):
    def write(self, records: Sequence[Record]) -> None:
        """Adds a line for each record."""
        self.write_lines([json.dumps(record, ensure_ascii=False) for record in records])
