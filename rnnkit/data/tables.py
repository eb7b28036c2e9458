"""The user's tables, read and written row by row in chunks: CSV, TSV, JSON lines and plain lines, also gzipped."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, NamedTuple, Self

from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.run import sync_folder

Format = Literal["csv", "tsv", "jsonl", "txt"]
SUFFIXES: dict[str, Format] = {".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".txt": "txt"}
CHUNK_ROWS = 8192
LINE_COLUMN = "text"  # what the one column of a file of plain lines is called

Record = dict[str, Any]


class Row(NamedTuple):
    """A record and its number: in a CSV file as a spreadsheet counts (the header is row 1), else the line."""

    number: int
    values: Record


def table_format(path: Path, where: str) -> Format:
    """What kind of table a file holds, by its name.

    Raises:
        RnnkitError: If its suffix is unknown.
    """
    suffixes = [suffix for suffix in path.suffixes if suffix != ".gz"]
    kind = SUFFIXES.get(suffixes[-1].lower()) if suffixes else None
    if kind is None:
        raise RnnkitError(where, f"{path}: unknown kind of file {(suffixes or ['without a suffix'])[-1]!r}", f"Expected {', '.join(SUFFIXES)}")
    return kind


class TableReader:
    """A table, read in chunks so that a file larger than memory passes through.

    Args:
        path: The file; None for standard input.
        where: How messages call it.
        kind: csv, tsv, jsonl or txt (one text a line).
        encoding: How its bytes become text.
        header: Whether the first row names the columns; else they are called 0, 1 and so on.
        quotes: Whether double quotes enclose fields that hold separators or line ends.
    """

    def __init__(self, path: Path | None, where: str, kind: Format, *, encoding: str = "utf-8", header: bool = True, quotes: bool = True):
        self.path, self.where, self.kind = path, where, kind
        self.encoding = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
        self.header, self.quotes = header, quotes
        self.source = str(path) if path else "standard input"
        try:
            self._raw: IO[bytes] = open(path, "rb") if path else sys.stdin.buffer  # noqa: SIM115 (closed by `chunks`)
            self._size = os.fstat(self._raw.fileno()).st_size if path else 0
        except OSError as error:
            raise RnnkitError(where, f"{path} cannot be read ({error.strerror})") from None

    @property
    def share(self) -> float:
        """The share of the file that has been read; 0 where its size is not known."""
        return min(1.0, self._raw.tell() / self._size) if self._size and not self._raw.closed else 0.0

    def chunks(self) -> Iterator[list[Row]]:
        """Rows in their order, a few thousand at a time.

        Raises:
            RnnkitError: If the file is empty or not what its kind promises, with the row.
        """
        handle: Any = gzip.GzipFile(fileobj=self._raw) if self.path and self.path.suffix == ".gz" else self._raw
        try:
            yield from self._delimited(handle) if self.kind in ("csv", "tsv") else self._lines(handle)
        except UnicodeDecodeError:
            raise self._not_text() from None
        except (LookupError, UnicodeError):
            raise RnnkitError(self.where, f"unknown encoding {self.encoding!r}", "Expected a name such as utf-8, latin-1 or utf-16") from None
        except (OSError, EOFError) as error:
            raise RnnkitError(self.where, f"{self.source} cannot be read ({getattr(error, 'strerror', None) or error})") from None
        finally:
            if self.path:
                self._raw.close()

    def _delimited(self, handle: Any) -> Iterator[list[Row]]:
        import pandas

        number = 1 + self.header
        try:
            frames = pandas.read_csv(
                handle,
                sep="," if self.kind == "csv" else "\t",
                header=0 if self.header else None,
                dtype=str,
                na_filter=False,
                skip_blank_lines=False,  # they count as rows
                quoting=csv.QUOTE_MINIMAL if self.quotes else csv.QUOTE_NONE,
                encoding=self.encoding,
                chunksize=CHUNK_ROWS,
            )
            for frame in frames:
                frame.columns = [str(column).strip() for column in frame.columns]
                short = frame.isna().any(axis=1)
                if short.any():
                    row = number + int(short.argmax())
                    missing = [str(column) for column in frame.columns[frame.loc[short.idxmax()].isna()]]
                    blank = len(missing) == len(frame.columns)
                    got = "a blank row" if blank else f"no field for {', '.join(missing)}"
                    raise RnnkitError(
                        self.where, f"{self.source}: row {row}: {got}", f"Expected {len(frame.columns)} fields", "Mend or remove the row"
                    )
                yield [Row(number + index, record) for index, record in enumerate(frame.to_dict("records"))]
                number += len(frame)
        except pandas.errors.EmptyDataError:
            raise RnnkitError(self.where, f"{self.source} is empty", "Expected rows") from None
        except pandas.errors.ParserError as error:
            raise RnnkitError(
                self.where, f"{self.source}: {_plain(error)}", "", "Mend the row; `quotes` says whether quotes enclose fields"
            ) from None

    def _lines(self, handle: Any) -> Iterator[list[Row]]:
        rows: list[Row] = []
        for number, raw in enumerate(handle, start=1):
            line = raw.decode(self.encoding if number == 1 else self.encoding.removesuffix("-sig")).rstrip("\r\n")
            if self.kind == "txt":
                rows.append(Row(number, {LINE_COLUMN: line}))
            elif line.strip():
                rows.append(Row(number, self._json(line, number)))
            if len(rows) == CHUNK_ROWS:
                yield rows
                rows = []
        if rows:
            yield rows

    def _json(self, line: str, number: int) -> Record:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise RnnkitError(self.where, f"{self.source}: row {number}: no JSON ({error})", "Expected one object a line") from None
        if not isinstance(record, dict):
            raise RnnkitError(self.where, f"{self.source}: row {number}: a {type(record).__name__}", "Expected one object a line")
        return record

    def _not_text(self) -> RnnkitError:
        """Names the line, which pandas does not."""
        encoding, hint = self.encoding.removesuffix("-sig"), "Save the file in one encoding, or name it, such as `encoding: latin-1`"
        if self.path is None:
            return RnnkitError(self.where, f"{self.source} is not {encoding.upper()}", "", hint)
        with gzip.open(self.path) if self.path.suffix == ".gz" else open(self.path, "rb") as file:
            for number, raw in enumerate(file, start=1):
                try:
                    raw.decode(encoding)
                except UnicodeDecodeError as error:
                    got = f"{self.source}:{number}: byte {error.start + 1} of the line ({raw[error.start]:#04x}) is not {encoding.upper()}"
                    return RnnkitError(self.where, got, "", hint)
        return RnnkitError(self.where, f"{self.source} is not {encoding.upper()}", "", hint)


def _plain(error: Exception) -> str:
    """pandas' complaint about a row, in rnnkit's words."""
    text = str(error).removeprefix("Error tokenizing data. C error: ").strip()
    if found := re.match(r"Expected (\d+) fields in line (\d+), saw (\d+)", text):
        return f"row {found[2]} has {found[3]} fields where the first has {found[1]}"
    if found := re.match(r"EOF inside string starting at row (\d+)", text):
        return f"a quote is opened in row {int(found[1]) + 1} and never closed"
    return text


def require_columns(found: Sequence[str], wanted: Sequence[str], where: str, source: str, *, header: bool = True) -> None:
    """Refuses a table that lacks a column.

    Raises:
        RnnkitError: With the columns that there are.
    """
    for column in wanted:
        if column not in found:
            named = ", ".join(repr(name if len(name) <= 40 else name[:37] + "...") for name in found)
            hint = did_you_mean(column, found) or (
                "If the first row is no header: `header: false`, and columns by number, `text: 0`" if header else ""
            )
            raise RnnkitError(where, f"no column {column!r} in {source}", f"It has: {named}", hint)


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
                    "--output", f"{self._path} cannot be written ({error.strerror})", "Expected a file in a folder that is there"
                ) from None
        return self

    def write(self, records: Sequence[Record]) -> None:
        """Adds rows; the first ones name the columns."""
        if self._kind == "jsonl":
            self._file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
            return
        writer = csv.writer(self._file, delimiter="," if self._kind == "csv" else "\t", lineterminator="\n")
        if self._header is None and records:
            self._header = list(records[0])
            writer.writerow(self._header)
        writer.writerows([record.get(column, "") for column in self._header or []] for record in records)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._temporary is None or self._path is None:
            return
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
            self._file.close()
            if kind is None:
                os.replace(self._temporary, self._path)
                sync_folder(self._path.parent)
        finally:
            self._temporary.unlink(missing_ok=True)
