"""The contract of file formats: records are read and written one by one, so that files may be
larger than memory. A format is one class and one line of the registry.
"""

from __future__ import annotations

import contextlib
import os
import sys
import zlib
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, ClassVar, NamedTuple, Protocol, Self, TypeVar

from rnnkit.config.spec import Spec
from rnnkit.data.formats.block import Block, blocks_of
from rnnkit.data.formats.output import open_output
from rnnkit.data.formats.read_errors import read_error
from rnnkit.data.formats.reader_process import is_worthwhile, read_in_process
from rnnkit.errors import RnnkitError
from rnnkit.registry import name_of
from rnnkit.storage.damage import is_fault
from rnnkit.storage.gunzip import gunzipped
from rnnkit.storage.reading import open_file

Record = dict[str, Any]
Item = TypeVar("Item")
LIBRARIES = (OSError, EOFError, zlib.error)


class Row(NamedTuple):
    """A record and its number: the row as a spreadsheet counts it (a header is row 1), the line, or
    the line of a sentence's first token.
    """

    number: int
    values: Record


class Writer(Protocol):
    """Writes records to an open file."""

    def write(self, records: Sequence[Record]) -> None:
        """Adds records; the columns of a table are those of the first record."""

    def close(self) -> None:
        """Writes the end of the file."""


class Format(Spec):
    """The base of file formats; its fields are options. A user-defined format has `suffixes` and
    `rows`, and `encoder` if it can be written.
    """

    suffixes: ClassVar[tuple[str, ...]] = ()
    is_text: ClassVar[bool] = True
    """Whether it is text: it may be compressed by gzip, and use standard input and output."""

    writes: ClassVar[bool] = False
    """Whether files of this kind can be written."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "rows" in vars(cls) and "column_blocks" not in vars(cls):
            cls.column_blocks = Format.column_blocks  # type: ignore[method-assign]  # those of the parent do not fit these rows

    @property
    def text_encoding(self) -> str:
        """The encoding of written text."""
        return "utf-8"

    @abstractmethod
    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        """Reads the records of an open file one by one.

        Args:
            file: The open file, already uncompressed.
            source: The name of the file in messages.

        Raises:
            RnnkitError: If the file is not valid, with the row.
        """

    def column_blocks(self, file: IO[bytes], source: str) -> Iterator[Block]:
        """Reads the records in blocks, column by column; arguments and errors as in `rows`."""
        return blocks_of(self.rows(file, source))

    def encoder(self, file: IO[Any]) -> Writer:
        """The writer for an open file, of text if the format is text, else of bytes."""
        got = f"{name_of('format', type(self))} says `writes`, and has no encoder(self, file)"
        raise RnnkitError("", got, "Expected one")

    def place(self, source: str, number: int) -> str:
        """The name of a row in messages: "reviews.csv: row 3"."""
        return f"{source}: row {number}"

    def without_answers(self) -> Format:
        """The format for files to predict, whose records need not contain labels."""
        return self

    def why_no_column(self, rows: Rows, column: str) -> str:
        """A hint on why a table lacks a column; "" if there is none."""
        return ""

    def not_text(self, path: Path | None) -> RnnkitError:
        """The error for bytes that cannot be decoded."""
        got = "bytes that are not text"
        return RnnkitError(source_of(path), got, "Expected UTF-8", "Save it as UTF-8")

    def read(self, path: Path | None) -> Rows:
        """Opens a file to read its records.

        Args:
            path: The file; None for standard input.

        Raises:
            RnnkitError: If it cannot be opened.
        """
        if path is None and not self.is_text:
            got = f"{name_of('format', type(self))} from standard input"
            raise RnnkitError("", got, "Expected a file", "Name one")
        return Rows(self, path)

    @contextlib.contextmanager
    def writer(self, path: Path | None) -> Iterator[Writer]:
        """Opens a file to write records; it appears only when it is complete.

        Args:
            path: The file; None for standard output.

        Raises:
            RnnkitError: If it cannot be written.
        """
        name, source = name_of("format", type(self)), str(path or "standard output")
        if not self.writes:
            got, hint = f"{source}: {name} files are read only", "Name another kind, such as .csv"
            raise RnnkitError("", got, "Expected a kind that is written", hint)
        if path is None and not self.is_text:
            raise RnnkitError("", f"{name} to standard output", "Expected a file", "Name one")
        if path and path.suffix.lower() == ".gz":
            got, hint = f"{source}: a compressed file", "Write it, then compress it by gzip"
            raise RnnkitError("", got, "Expected one without .gz", hint)
        with open_output(path, self.text_encoding if self.is_text else None) as file:
            encoder = self.encoder(file)
            try:
                yield encoder
                encoder.close()
            except BaseException as error:
                with contextlib.suppress(Exception):  # the first error is the one to report
                    encoder.close()
                if not isinstance(error, UnicodeEncodeError):
                    raise
                got = f"{source}: {error.object[error.start]!r} is not in {error.encoding.upper()}"
                hint = "Name another kind of file, such as .jsonl"
                raise RnnkitError("", got, "Expected text that it can hold", hint) from None


class Rows(Iterator[Row]):
    """The rows of a file, which is closed at its end or by `close`; standard input stays open.

    Args:
        kind: The format of the file.
        path: The file; None for standard input.
    """

    def __init__(self, kind: Format, path: Path | None):
        self.format, self.path, self.source = kind, path, source_of(path)
        try:
            self._raw: IO[bytes] = open_file(path) if path else sys.stdin.buffer
            self._size = os.fstat(self._raw.fileno()).st_size if path else 0
        except OSError as error:
            raise read_error(error, str(path), name_of("format", type(kind))) from None
        self._rows = _read(kind.rows, kind, path, self._raw)
        blocks = _read(kind.column_blocks, kind, path, self._raw)
        self._blocks = (
            read_in_process(kind, path, blocks) if is_worthwhile(kind, path, self._size) else blocks
        )

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def blocks(self) -> Iterator[Block]:
        """The rows in blocks, as an alternative to iterating over single rows."""
        return self._blocks

    def __next__(self) -> Row:
        return next(self._rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file before its end."""
        self._rows.close()
        self._blocks.close()
        if self.path:
            self._raw.close()

    @property
    def share(self) -> float:
        """The fraction of the file that has been read; 0 if its size is not known."""
        known = self._size and not self._raw.closed
        return min(1.0, self._raw.tell() / self._size) if known else 0.0

    def place(self, number: int) -> str:
        """The name of a row in messages: "reviews.csv: row 3"."""
        return self.format.place(self.source, number)


def _read(
    items: Callable[[IO[bytes], str], Iterator[Item]],
    kind: Format,
    path: Path | None,
    raw: IO[bytes],
) -> Generator[Item, None, None]:
    """Reads a file, reports errors with its name, and closes it."""
    source, is_gzip = source_of(path), path is not None and path.suffix.lower() == ".gz"
    file: Any = gunzipped(raw) if is_gzip else raw
    try:
        yield from items(file, source)
    except UnicodeError:  # not only UnicodeDecodeError: UTF-16 without a mark
        raise kind.not_text(path) from None
    except RnnkitError as error:
        if not error.where and source not in error.got:
            error.where = source
        raise
    except BaseException as error:  # of any library; those of a user's format pass
        is_users = not type(kind).__module__.startswith("rnnkit.")
        if not is_fault(error) or (is_users and not isinstance(error, LIBRARIES)):
            raise
        name = "gzip" if is_gzip else name_of("format", type(kind))
        raise read_error(error, source, name, raw) from error
    finally:
        if path:
            raw.close()


def source_of(path: Path | None) -> str:
    """The name of a file, or of standard input, in messages."""
    return str(path) if path else "standard input"
