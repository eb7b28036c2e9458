"""The user's tables, read and written row by row in chunks: CSV, TSV, JSON lines and plain lines,
also gzipped.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import os
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, NamedTuple, Self

from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.storage import sync_folder

Format = Literal["csv", "tsv", "jsonl", "txt"]
SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "txt",
}
CHUNK_ROWS = 8192
LINE_COLUMN = "text"  # what the one column of a file of plain lines is called

_QUOTED = re.compile(r'[",\t\r\n]')

Record = dict[str, Any]


class Row(NamedTuple):
    """A record and its number: in a CSV file as a spreadsheet counts (the header is row 1), else
    the line.
    """

    number: int
    values: Record


def table_format(path: Path, otherwise: Format | None = None) -> Format:
    """What kind of table a file holds, by its name; `otherwise` where that does not tell.

    Raises:
        RnnkitError: If its suffix is unknown, and there is no other way to tell.
    """
    suffix = (path.with_suffix("") if _is_gzipped(path) else path).suffix
    kind = SUFFIXES.get(suffix.lower(), otherwise)
    if kind is None:
        raise RnnkitError(
            "", f"{path}: unknown kind of file {suffix!r}", f"Expected {', '.join(SUFFIXES)}"
        )
    return kind


def _is_gzipped(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


class TableReader:
    """A table, read in chunks so that a file larger than memory passes through.

    Args:
        path: The file; None for standard input.
        kind: csv, tsv, jsonl or txt (one text a line).
        encoding: How its bytes become text.
        header: Whether the first row of a csv or tsv file names the columns; else they are called
            0, 1 and so on, as columns without a name are.
        quotes: Whether double quotes enclose fields that hold separators or line ends.
        separator: What stands between the fields of a csv file.
    """

    def __init__(
        self,
        path: Path | None,
        kind: Format,
        *,
        encoding: str = "utf-8",
        header: bool = True,
        quotes: bool = True,
        separator: str = ",",
    ):
        self.path, self.kind = path, kind
        self.encoding = (
            "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
        )
        self._separator = separator if kind == "csv" else "\t"
        self.header, self.quotes = header and kind in ("csv", "tsv"), quotes
        self.source = str(path) if path else "standard input"
        try:
            "a".encode(self.encoding)  # not the empty text, which no codec is asked for
        except (LookupError, ValueError):
            raise RnnkitError(
                "",
                f"unknown encoding {encoding!r}",
                "Expected a name such as utf-8, latin-1 or utf-16",
            ) from None
        try:
            self._raw: IO[bytes] = open(path, "rb") if path else sys.stdin.buffer  # noqa: SIM115 (closed by `chunks`)
            self._size = os.fstat(self._raw.fileno()).st_size if path else 0
        except OSError as error:
            raise RnnkitError("", f"{path} cannot be read ({error.strerror})") from None

    @property
    def share(self) -> float:
        """The share of the file that has been read; 0 where its size is not known."""
        return (
            min(1.0, self._raw.tell() / self._size) if self._size and not self._raw.closed else 0.0
        )

    def chunks(self) -> Iterator[list[Row]]:
        """Rows in their order, a few thousand at a time.

        Raises:
            RnnkitError: If the file is empty or not what its kind promises, with the row.
        """
        handle: Any = (
            gzip.GzipFile(fileobj=self._raw) if self.path and _is_gzipped(self.path) else self._raw
        )
        try:
            yield from (
                self._delimited(handle) if self.kind in ("csv", "tsv") else self._lines(handle)
            )
        except UnicodeError:  # UTF-16 without a byte order mark is no UnicodeDecodeError
            raise self._not_text() from None
        except (OSError, EOFError, zlib.error) as error:
            raise RnnkitError(
                "",
                f"{self.source} cannot be read ({getattr(error, 'strerror', None) or error})",
            ) from None
        finally:
            if self.path:
                self._raw.close()

    def _delimited(self, handle: Any) -> Iterator[list[Row]]:
        import pandas

        names: list[str] = []
        number = 1
        try:
            # The header is read as a row like any other: pandas takes longer rows below it for an
            # index, and renames its columns.
            with pandas.read_csv(
                handle,
                sep=self._separator,
                header=None,
                dtype=str,
                na_filter=False,
                skip_blank_lines=False,  # they count as rows
                quoting=csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE,
                encoding=self.encoding,
                chunksize=CHUNK_ROWS,
            ) as frames:
                for frame in frames:
                    rows = frame.to_numpy().tolist()
                    for row, fields in enumerate(rows, start=number):
                        if any("\0" in field for field in fields):
                            raise self._zero_byte(row)
                    if not names:
                        names = self._names(
                            rows.pop(0) if self.header else [""] * len(frame.columns)
                        )
                        number += self.header
                    if rows:
                        yield [
                            Row(number + index, dict(zip(names, fields, strict=True)))
                            for index, fields in enumerate(rows)
                        ]
                    number += len(rows)
        except pandas.errors.EmptyDataError:
            raise RnnkitError(
                "", f"{self.source} is empty, or its first row is", "Expected rows"
            ) from None
        except pandas.errors.ParserError as error:
            raise RnnkitError(
                "",
                f"{self.source}: {_plain(error)}",
                "",
                "Mend the row; `quotes` says whether quotes enclose fields",
            ) from None

    def _names(self, header: list[str]) -> list[str]:
        names = [name.strip() or str(index) for index, name in enumerate(header)]
        if repeated := [name for name in names if names.count(name) > 1]:
            hint = "Rename one of them; if the first row is no header: `header: false`"
            raise RnnkitError(
                "",
                f"{self.source}: row 1 names a column {repeated[0]!r} twice",
                "Expected each name once",
                hint,
            )
        return names

    def _lines(self, handle: Any) -> Iterator[list[Row]]:
        rows: list[Row] = []
        text = io.TextIOWrapper(handle, encoding=self.encoding)
        try:
            for number, line in enumerate(text, start=1):
                line = line.removesuffix("\n").removeprefix("\ufeff" if number == 1 else "")
                if "\0" in line:
                    raise self._zero_byte(number)
                if self.kind == "txt":
                    rows.append(Row(number, {LINE_COLUMN: line}))
                elif line.strip():
                    rows.append(Row(number, self._json(line, number)))
                if len(rows) == CHUNK_ROWS:
                    yield rows
                    rows = []
        finally:
            text.detach()  # else it closes standard input
        if rows:
            yield rows

    def _json(self, line: str, number: int) -> Record:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise RnnkitError(
                "",
                f"{self.source}: row {number}: no JSON ({error})",
                "Expected one object a line",
            ) from None
        if not isinstance(record, dict):
            raise RnnkitError(
                "",
                f"{self.source}: row {number}: a {type(record).__name__}",
                "Expected one object a line",
            )
        return record

    def _zero_byte(self, number: int) -> RnnkitError:
        hint = "Is it damaged, or in UTF-16? Name its encoding, such as `encoding: utf-16`"
        return RnnkitError(
            "",
            f"{self.source}: row {number} holds a zero byte",
            f"Expected {self._encoding_name} text",
            hint,
        )

    def _not_text(self) -> RnnkitError:
        """Names the line, which pandas does not."""
        got, hint = (
            f"{self.source} is not {self._encoding_name}",
            "Save the file in one encoding, or name it, such as `encoding: latin-1`",
        )
        if self.path is None:
            return RnnkitError("", got, "", hint)
        decoder = codecs.getincrementaldecoder(self.encoding)()
        number = 1
        with gzip.open(self.path) if _is_gzipped(self.path) else open(self.path, "rb") as file:
            try:
                for raw in file:
                    number += decoder.decode(raw).count("\n")
                decoder.decode(b"", final=True)
            except UnicodeDecodeError as error:
                byte = error.object[error.start]
                got = (
                    f"{self.source}:{number}: byte {error.start + 1} of the line ({byte:#04x}) is"
                    f" not {self._encoding_name}"
                )
            except (UnicodeError, OSError, EOFError, zlib.error):
                pass  # no line in particular
        return RnnkitError("", got, "", hint)

    @property
    def _encoding_name(self) -> str:
        return self.encoding.removesuffix("-sig").upper()


def _plain(error: Exception) -> str:
    """pandas' complaint about a row, in rnnkit's words."""
    text = str(error).removeprefix("Error tokenizing data. C error: ").strip()
    if found := re.match(r"Expected (\d+) fields in line (\d+), saw (\d+)", text):
        return f"row {found[2]} has {found[3]} fields where the first has {found[1]}"
    if found := re.match(r"EOF inside string starting at row (\d+)", text):
        return f"a quote is opened in row {int(found[1]) + 1} and never closed"
    return text


def require_columns(
    found: Sequence[str],
    wanted: Sequence[str],
    source: str,
    *,
    header: bool = True,
    example: str = "text: 0",
) -> None:
    """Refuses a table that lacks a column; `example` shows how a config names a column by its
    number.

    Raises:
        RnnkitError: With the columns that there are.
    """
    for column in wanted:
        if column not in found:
            named = ", ".join(
                repr(name if len(name) <= 40 else name[:37] + "...") for name in found
            )
            hint = did_you_mean(column, found)
            if not hint and header:
                between = next(
                    (mark for mark in ";|" if len(found) == 1 and mark in found[0]), None
                )
                hint = (
                    "If the first row is no header: `header: false`, and columns by number,"
                    f" `{example}`"
                )
                if between:
                    hint = (
                        f"If {between!r} stands between the fields: `separator: {between!r}` in the"
                        " run's config, or save it with commas"
                    )
            raise RnnkitError("", f"no column {column!r} in {source}", f"It has: {named}", hint)


class TableWriter:
    """A table written row by row; a file is whole or not there.

    Args:
        path: The file; None for standard output.
        kind: csv, tsv or jsonl.
    """

    def __init__(self, path: Path | None, kind: Format):
        self._path, self._kind = path, kind
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp") if path else None
        self._header: list[str] | None = None
        self._file: IO[str] = sys.stdout

    def __enter__(self) -> Self:
        if self._temporary:
            try:
                self._file = open(self._temporary, "x", encoding="utf-8", newline="")
            except OSError as error:
                raise RnnkitError(
                    "--output",
                    f"{self._path} cannot be written ({error.strerror})",
                    "Expected a file in a folder that is there",
                ) from None
        return self

    def write(self, records: Sequence[Record]) -> None:
        """Adds rows; the first ones name the columns."""
        if self._kind == "jsonl":
            self.write_lines([json.dumps(record, ensure_ascii=False) for record in records])
            return
        delimiter = "," if self._kind == "csv" else "\t"
        if self._header is None and records:
            self._header = list(records[0])
            self._file.write(delimiter.join(map(_field, self._header)) + "\n")
        self._file.writelines(
            delimiter.join(_field(record.get(column)) for column in self._header or []) + "\n"
            for record in records
        )

    def write_lines(self, lines: Sequence[str]) -> None:
        """Adds lines as they are."""
        self._file.writelines(f"{_encodable(line)}\n" for line in lines)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._temporary is None or self._path is None:
            return
        try:
            with self._file:
                if kind is None:
                    self._file.flush()
                    os.fsync(self._file.fileno())
            if kind is None:
                os.replace(self._temporary, self._path)
                sync_folder(self._path.parent)
        finally:
            self._temporary.unlink(missing_ok=True)


def _field(value: Any) -> str:
    """A field of a csv or tsv file; csv.writer leaves a carriage return, which ends a row, without
    quotes.
    """
    text = "" if value is None else _encodable(str(value))
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _encodable(text: str) -> str:
    # JSON may spell half of a surrogate pair, which is no character.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
