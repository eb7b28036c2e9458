"""Tables of separated fields."""

from __future__ import annotations

import csv
import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import IO, Any, ClassVar, Literal

from pydantic import Field

from rnnkit.data.formats.format import Record, Row, Writer
from rnnkit.data.formats.text import BYTE_ORDER_MARK, TextFormat, encodable
from rnnkit.errors import RnnkitError

LONGEST_FIELD = 2**31 - 1  # characters: what the library takes on every platform

_QUOTED = re.compile(r'[",\t\r\n]')


class DelimitedFormat(TextFormat):
    """A table with fields between separators, a row a line; each cell is text."""

    writes: ClassVar[bool] = True
    header: bool = Field(
        True,
        description="whether the first row names the columns; else they are 0, 1 and so on",
    )
    quotes: bool = Field(
        True,
        description=(
            "whether double quotes enclose fields that hold separators or line ends; else they are"
            " plain characters"
        ),
    )

    @property
    @abstractmethod
    def delimiter(self) -> str:
        """The separator of the fields."""

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        csv.field_size_limit(LONGEST_FIELD)
        with self.decoded(file, newline="") as text:
            lines = _Lines(text)
            columns: list[str] = []
            number = 0
            for fields in self._records(lines):
                number += 1
                self._require_whole(lines, source, number)
                if not columns:
                    columns = self._names(fields, source)
                    if self.header:
                        continue
                if len(fields) != len(columns):
                    fields = _padded(fields, len(columns), source, number)
                yield Row(number, dict(zip(columns, fields, strict=True)))
            if lines.holds_zero_byte:
                raise self.zero_byte(source, number + 1)
            if not columns:
                raise _no_first_row(source)

    def _records(self, lines: Iterator[str]) -> Iterator[list[str]]:
        if self.quotes:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_MINIMAL)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)

    def _require_whole(self, lines: _Lines, source: str, number: int) -> None:
        if lines.holds_zero_byte:
            raise self.zero_byte(source, number)
        if lines.ended:  # the reader asks for a line beyond the last one only inside quotes
            got = f"a quote is opened in row {number} and never closed"
            raise RnnkitError(source, got, "", _MEND)

    def _names(self, first_row: list[str], source: str) -> list[str]:
        if not first_row:
            raise _no_first_row(source)
        header = first_row if self.header else [""] * len(first_row)
        names = [name.strip() or str(index) for index, name in enumerate(header)]
        if repeated := [name for name in names if names.count(name) > 1]:
            got = f"row 1 names a column {repeated[0]!r} twice"
            hint = "Rename one of them; if the first row is not a header: `header: false`"
            raise RnnkitError(source, got, "Expected each name once", hint)
        return names

    def why_no_column(self, columns: Sequence[str], example: str) -> str:
        if not self.header:
            return ""
        for mark in ";|":
            if len(columns) == 1 and mark in columns[0]:
                return (
                    f"If {mark!r} is the separator of the fields: `separator: {mark!r}` in"
                    " the run's"
                    " config, or save it with commas"
                )
        return (
            f"If the first row is not a header: `header: false`, and columns by number, `{example}`"
        )

    def encoder(self, file: IO[Any]) -> Writer:
        return _DelimitedWriter(file, self.delimiter)


class Csv(DelimitedFormat):
    """Comma-separated values."""

    suffixes: ClassVar[tuple[str, ...]] = (".csv",)
    separator: Literal[",", ";", "|"] = Field(",", description="the separator of the fields")

    @property
    def delimiter(self) -> str:
        return self.separator


_MEND = "Mend the row; `quotes` says whether quotes enclose fields"


class _Lines:
    """The lines of a text; knows whether one was asked for beyond the last, and whether one holds
    a zero byte, at which it ends.
    """

    def __init__(self, text: IO[str]):
        self._text = text
        self._is_first = True
        self.ended = self.holds_zero_byte = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._text, "")
        if self._is_first:
            line, self._is_first = line.removeprefix(BYTE_ORDER_MARK), False
        if not line or "\0" in line:
            self.ended, self.holds_zero_byte = not line, bool(line)
            raise StopIteration
        return line


def _padded(fields: list[str], count: int, source: str, number: int) -> list[str]:
    """The fields with empty ones for those that a row lacks; a blank row has none."""
    if len(fields) > count:
        got = f"row {number} has {len(fields)} fields where the first has {count}"
        raise RnnkitError(source, got, "", _MEND)
    return fields + [""] * (count - len(fields))


def _no_first_row(source: str) -> RnnkitError:
    return RnnkitError("", f"{source} is empty, or its first row is", "Expected rows")


class _DelimitedWriter:
    """Writes rows under the columns of the first one."""

    def __init__(self, file: IO[str], delimiter: str):
        self._file, self._delimiter = file, delimiter
        self._columns: list[str] | None = None

    def write(self, records: Sequence[Record]) -> None:
        """Adds rows."""
        if self._columns is None and records:
            self._columns = list(records[0])
            self._file.write(self._delimiter.join(map(self._field, self._columns)) + "\n")
        self._file.writelines(
            self._delimiter.join(self._field(record.get(column)) for column in self._columns or [])
            + "\n"
            for record in records
        )

    def close(self) -> None:
        """Nothing ends a table."""

    def _field(self, value: Any) -> str:
        """csv.writer would leave a carriage return, which ends a row, without quotes."""
        text = "" if value is None else encodable(str(value))
        quoted = _QUOTED.search(text) or self._delimiter in text
        return '"' + text.replace('"', '""') + '"' if quoted else text
