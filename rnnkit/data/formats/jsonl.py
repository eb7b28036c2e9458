"""JSON Lines: one object per line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import IO, Any, ClassVar

from rnnkit.data.formats.encodings import kind_hint
from rnnkit.data.formats.format import Record, Row, Writer
from rnnkit.data.formats.text import LineWriter, TextFormat
from rnnkit.errors import RnnkitError
from rnnkit.platform.shell import quote
from rnnkit.storage.reading import ROW_FIELDS, TEXT_CHARACTERS, long_row, require_row

_IN_JSON = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


class JsonLines(TextFormat):
    """One JSON object per line."""

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
                got = f"not JSON ({error})"
                raise self._no_object(source, number, line, got, is_first) from None
            if not isinstance(record, dict):
                raise self._no_object(source, number, line, _IN_JSON[type(record)], is_first)
            is_first = False
            if len(line) > TEXT_CHARACTERS:
                require_row(record, self.place(source, number))
            yield Row(number, record)

    def _no_object(
        self, source: str, number: int, line: str, got: str, is_first: bool
    ) -> RnnkitError:
        """The error for a line that is not an object; a first line may also be the beginning of an
        array, or of an object over several lines.
        """
        expected, start = "Expected one object per line", line.strip()
        if not is_first or (not start.startswith("[") and start != "{"):
            hint = kind_hint(start.encode()) or _line_hint(start, source)
            return RnnkitError(self.place(source, number), got, expected, hint)
        objects = "json.load(sys.stdin)"
        if start.startswith("["):
            got = "this file is one array"
        else:
            got, objects = "an object over several lines", f"[{objects}]"
        code = f"import json, sys; [print(json.dumps(x)) for x in {objects}]"
        hint = f"Write each object on a line of its own: {_converted(code, source)}"
        return RnnkitError(self.place(source, number), got, expected, hint)

    def encoder(self, file: IO[Any]) -> Writer:
        return _JsonWriter(file)


def _line_hint(line: str, source: str) -> str:
    """What to do about a single line that is not an object."""
    if line.endswith("},"):
        return "Remove the comma at its end"
    if line.startswith("{'"):
        code = "import ast, json, sys; [print(json.dumps(ast.literal_eval(x))) for x in sys.stdin]"
        return f"Write Python's dicts as JSON: {_converted(code, source)}"
    if re.search(r"\}\s*\{", line):
        return "Write each object on a line of its own"
    return "Correct the line, or remove it"


def _converted(code: str, source: str) -> str:
    """A command that converts a file to JSON Lines."""
    return f'`python -c "{code}" < {quote(source)} > lines.jsonl`'


class _JsonWriter(LineWriter):
    def write(self, records: Sequence[Record]) -> None:
        """Adds a line for each record."""
        self.write_lines([json.dumps(record, ensure_ascii=False) for record in records])
