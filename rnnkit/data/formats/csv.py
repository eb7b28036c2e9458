"""Tables of delimited fields."""

from __future__ import annotations

import contextlib
import csv
import itertools
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from rnnkit.data.formats.block import CELLS, Block, batches
from rnnkit.data.formats.dialects import (
    MARKS,
    Dialect,
    cure_of_rows,
    cure_without_column,
)
from rnnkit.data.formats.format import Record, Row, Rows, Writer
from rnnkit.data.formats.oversize import oversize, require_columns
from rnnkit.data.formats.spaced import BLANK, quoted, spaced_records
from rnnkit.data.formats.table_lines import TableLines
from rnnkit.data.formats.text import TextFormat, encodable, open_raw
from rnnkit.data.formats.unquoted import unquoted_records, unquoted_row
from rnnkit.errors import RnnkitError, setting
from rnnkit.quantities import counted
from rnnkit.storage.reading import ROW_BYTES, TEXT_CHARACTERS

_SPELLINGS = {"\t": "tab", "\\t": "tab", "\\s+": "whitespace"}
Separator = Annotated[
    Literal[",", ";", "|", "tab", "whitespace"],
    BeforeValidator(
        lambda value: _SPELLINGS.get(value, value) if isinstance(value, str) else value
    ),
]

_QUOTED = re.compile(r'[",\t\r\n]')


class DelimitedFormat(TextFormat):
    """A table with a row per line and fields between separators; every cell is text."""

    writes: ClassVar[bool] = True
    header: bool = Field(
        True,
        description="whether the first row names the columns; else they are 0, 1 and so on",
    )
    separator: Separator = Field(",", description="the separator of the fields")
    quotes: bool = Field(
        True,
        description=(
            "whether double quotes enclose fields that hold separators or line ends; else they are"
            " plain characters, but in rows whose every field they enclose for that reason"
        ),
    )
    skip_rows: int = Field(0, ge=0, description="lines above the header, or the first row")

    @property
    def delimiter(self) -> str:
        """The character that separates fields."""
        return MARKS[self.separator]

    @property
    def dialect(self) -> Dialect:
        """The dialect in which the file is read, for hints."""
        return Dialect(self.skip_rows, self.separator)

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        with self.decoded(file, newline="") as text:
            names, first, table = self._read_table(TableLines(text), source)
            for number, fields in enumerate(table, first):
                yield Row(number, dict(zip(names, fields, strict=True)))

    def column_blocks(self, file: IO[bytes], source: str) -> Iterator[Block]:
        with self.decoded(file, newline="") as text:
            names, first, table = self._read_table(TableLines(text), source)
            for batch in batches(table, max(1, CELLS // len(names))):
                columns = zip(*batch, strict=True)
                numbers = range(first, first + len(batch))
                yield Block(numbers, dict(zip(names, columns, strict=True)))
                first = numbers.stop

    def _read_table(
        self, lines: TableLines, source: str
    ) -> tuple[list[str], int, Iterator[list[str]]]:
        """The names of the columns, the number of the first row, and the fields of each row."""
        csv.field_size_limit(TEXT_CHARACTERS)
        number = 1 + sum(1 for _ in itertools.islice(lines, self.skip_rows))
        records = self._records(lines)
        try:
            first = next(records, None)
        except csv.Error as error:
            raise oversize(error, f"{source}: row {number}", quotes=self.quotes) from None
        if lines.stopped and (first is not None or lines.zero is not None):
            self._require_whole(lines, source, number)
        if not first:
            raise self._no_first_row(lines, source)
        require_columns(first, f"{source}: row {number}")
        names = self._names(first, source, number)
        if self.header:
            number += 1
        else:
            records = itertools.chain([first], records)
        return names, number, self._complete_rows(records, lines, names, source, number)

    def _complete_rows(
        self,
        records: Iterator[list[str]],
        lines: TableLines,
        names: Sequence[str],
        source: str,
        number: int,
    ) -> Iterator[list[str]]:
        """Pads each row to the number of columns, and refuses longer rows."""
        width = 0  # of the first row below the header
        lines.taken = 0
        try:
            for fields in records:
                if lines.stopped:
                    self._require_whole(lines, source, number)
                width = width or len(fields)
                if len(fields) != len(names):
                    is_unclear = self.delimiter == BLANK and len(fields) > 0
                    is_long = len(fields) > len(names) and not _is_padded(fields, names, width)
                    if is_long or is_unclear:
                        raise self._other_width(lines, fields, names, f"{source}: row {number}")
                    fields = fields[: len(names)] + [""] * (len(names) - len(fields))
                yield fields
                number += 1
                lines.taken = 0
        except csv.Error as error:
            raise oversize(error, f"{source}: row {number}", quotes=self.quotes) from None
        if lines.zero is not None:
            raise self.zero_byte(source, number, lines.zero)

    def _records(self, lines: TableLines) -> Iterator[list[str]]:
        if self.quotes and self.delimiter == BLANK:
            return spaced_records(iter(lines))
        if self.quotes:
            lines.most = ROW_BYTES
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_MINIMAL)
        return unquoted_records(iter(lines), self.delimiter)

    def _require_whole(self, lines: TableLines, source: str, number: int) -> None:
        if lines.zero is not None:
            raise self.zero_byte(source, number, lines.zero)
        if self.quotes:  # only an open quote reads beyond the last line
            got = f"a quote is opened in row {number} and never closed"
            hint = f"Correct the row; where quotes are plain characters: {setting('quotes', False)}"
            raise RnnkitError(source, got, "", hint)

    def _names(self, first_row: list[str], source: str, number: int) -> list[str]:
        header = first_row if self.header else [""] * len(first_row)
        names = [name.strip() or str(index) for index, name in enumerate(header)]
        if repeated := [name for name, count in Counter(names).items() if count > 1]:
            got = f"row {number} names a column {repeated[0]!r} twice"
            hint = (
                f"Rename one of them; if the first row is not a header: {setting('header', False)}"
            )
            raise RnnkitError(source, got, "Expected each name once", hint)
        return names

    def _no_first_row(self, lines: TableLines, source: str) -> RnnkitError:
        filled = [number for number, line in enumerate(lines.head()) if line.strip()]
        hint = f"Skip the blank lines: {setting('skip_rows', filled[0])}" if filled else ""
        return RnnkitError("", f"{source} is empty, or its first row is", "Expected rows", hint)

    def _other_width(
        self, lines: TableLines, fields: Sequence[str], columns: Sequence[str], place: str
    ) -> RnnkitError:
        got = f"{place} has {counted(len(fields), 'field')} where the first has {len(columns)}"
        cure = "Correct the row: quotes enclose a field that holds the separator"
        if self.delimiter == BLANK:
            cure += ', and an empty field is ""'
        if not self.quotes:
            cure += f", with {setting('quotes', True)}"
        return RnnkitError("", got, "", cure_of_rows(self.dialect, lines.head()) or cure)

    def why_no_column(self, rows: Rows, column: str) -> str:
        with contextlib.suppress(RnnkitError, OSError, UnicodeError, EOFError, zlib.error):
            head = self._head(rows.path)
            if head and head[0].lstrip().startswith("{"):
                return "It holds JSON lines: end its name in .jsonl, and read it as `jsonl`"
            return cure_without_column(self.dialect, head, column)
        return ""

    def _head(self, path: Path | None) -> list[str]:
        """The first lines of a file; empty for standard input, which cannot be read again."""
        if path is None:
            return []
        with open_raw(path) as file, self.decoded(file, newline="") as text:
            return TableLines(text).head()

    def encoder(self, file: IO[Any]) -> Writer:
        return _DelimitedWriter(file, self)


class Csv(DelimitedFormat):
    """Comma-separated values."""

    suffixes: ClassVar[tuple[str, ...]] = (".csv",)


class _DelimitedWriter:
    """Writes rows with the columns of the first one."""

    def __init__(self, file: IO[str], kind: DelimitedFormat):
        self._file, self._kind, self._delimiter = file, kind, kind.delimiter
        self._columns: list[str] | None = None

    def write(self, records: Sequence[Record]) -> None:
        """Adds rows."""
        if self._columns is None and records:
            self._columns = list(records[0])
            if self._kind.header:
                self._write_row(self._columns)
        for record in records:
            self._write_row([record.get(column) for column in self._columns or []])

    def close(self) -> None:
        """Nothing ends a table."""

    def _write_row(self, values: Sequence[Any]) -> None:
        fields = ["" if value is None else encodable(str(value)) for value in values]
        if self._kind.quotes and self._delimiter == BLANK:
            row = BLANK.join(map(quoted, fields))
        elif self._kind.quotes:
            row = self._delimiter.join(map(self._quoted, fields))
        else:
            row = unquoted_row(fields, self._delimiter)
        self._file.write(f"{row}\n")

    def _quoted(self, field: str) -> str:
        """Quotes a field if needed; unlike csv.writer, also one with a carriage return."""
        is_plain = not _QUOTED.search(field) and self._delimiter not in field
        return field if is_plain else '"' + field.replace('"', '""') + '"'


def _is_padded(fields: Sequence[str], columns: Sequence[str], width: int) -> bool:
    """Whether a row ends in empty fields without a column, as spreadsheets write them below empty
    columns.
    """
    return 1 < len(columns) < width and not any(fields[len(columns) :])
