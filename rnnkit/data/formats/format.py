"""The contract of a file format: records are read and written one by one, so that a file larger
than memory passes through. One kind of file is one class here and one line of the registry.
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
from rnnkit.data.formats.apart import by_another, pays
from rnnkit.data.formats.block import Block, blocks_of
from rnnkit.data.formats.unread import unread
from rnnkit.data.formats.whole import whole_file
from rnnkit.errors import RnnkitError
from rnnkit.registry import name_of
from rnnkit.storage.damage import is_fault
from rnnkit.storage.gunzip import gunzipped
from rnnkit.storage.reading import open_file

Record = dict[str, Any]
Item = TypeVar("Item")
LIBRARIES = (OSError, EOFError, zlib.error)


class Row(NamedTuple):
    """A record and its number: in a table with a header as a spreadsheet counts (the header is row
    1), in lines the line, in sentences that of the first token.
    """

    number: int
    values: Record


class Writer(Protocol):
    """What writes records to an open file."""

    def write(self, records: Sequence[Record]) -> None:
        """Adds records; the first ones name the columns, where there are columns."""

    def close(self) -> None:
        """Writes what ends the file."""


class Format(Spec):
    """One kind of file. Its fields are its options; a format of the user's own has `suffixes` and
    `rows`, and `encoder` where it can be written.
    """

    suffixes: ClassVar[tuple[str, ...]] = ()
    is_text: ClassVar[bool] = True
    """Whether it can be compressed by gzip, and be standard input and output."""

    writes: ClassVar[bool] = False
    """Whether files of this kind can be written."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "rows" in vars(cls) and "column_blocks" not in vars(cls):
            cls.column_blocks = Format.column_blocks  # type: ignore[method-assign]  # not those of other rows

    @property
    def text_encoding(self) -> str:
        """The encoding in which text is written."""
        return "utf-8"

    @abstractmethod
    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        """The records of an open file, one after the other.

        Args:
            file: Where to read; uncompressed already.
            source: How messages call it.

        Raises:
            RnnkitError: If it is not what its kind promises, with the row.
        """

    def column_blocks(self, file: IO[bytes], source: str) -> Iterator[Block]:
        """The same records, many at a time and column by column.

        Args:
            file: As in `rows`.
            source: As in `rows`.

        Raises:
            RnnkitError: As `rows` does, after the rows before the one that is wrong.
        """
        return blocks_of(self.rows(file, source))

    def encoder(self, file: IO[Any]) -> Writer:
        """What writes to an open file: of text where the format is text, else of bytes."""
        got = f"{name_of('format', type(self))} says `writes`, and has no encoder(self, file)"
        raise RnnkitError("", got, "Expected one")

    def place(self, source: str, number: int) -> str:
        """How messages call a row: "reviews.csv: row 3"."""
        return f"{source}: row {number}"

    def without_answers(self) -> Format:
        """The same for records that are to be answered, which need not hold an answer yet."""
        return self

    def why_no_column(self, rows: Rows, column: str) -> str:
        """What may be the matter where a table lacks a column; "" if nothing shows it."""
        return ""

    def not_text(self, path: Path | None) -> RnnkitError:
        """The error for bytes that cannot be decoded."""
        got = "bytes that are not text"
        return RnnkitError(source_of(path), got, "Expected UTF-8", "Save it as UTF-8")

    def read(self, path: Path | None) -> Rows:
        """The records of a file; None is standard input.

        Raises:
            RnnkitError: If it cannot be opened.
        """
        if path is None and not self.is_text:
            got = f"{name_of('format', type(self))} from standard input"
            raise RnnkitError("", got, "Expected a file", "Name one")
        return Rows(self, path)

    @contextlib.contextmanager
    def writer(self, path: Path | None) -> Iterator[Writer]:
        """Writes a file, which is whole or not there; None is standard output.

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
        with whole_file(path, self.text_encoding if self.is_text else None) as file:
            encoder = self.encoder(file)
            try:
                yield encoder
                encoder.close()
            except BaseException as error:
                with contextlib.suppress(Exception):  # before its file is closed
                    encoder.close()
                if not isinstance(error, UnicodeEncodeError):
                    raise
                got = f"{source}: {error.object[error.start]!r} is not in {error.encoding.upper()}"
                hint = "Name another kind of file, such as .jsonl"
                raise RnnkitError("", got, "Expected text that it can hold", hint) from None


class Rows(Iterator[Row]):
    """The rows of one file. Its end, or `close`, closes it; standard input stays open.

    Args:
        kind: Its format.
        path: The file; None for standard input.
    """

    def __init__(self, kind: Format, path: Path | None):
        self.format, self.path, self.source = kind, path, source_of(path)
        try:
            self._raw: IO[bytes] = open_file(path) if path else sys.stdin.buffer
            self._size = os.fstat(self._raw.fileno()).st_size if path else 0
        except OSError as error:
            raise unread(error, str(path), name_of("format", type(kind))) from None
        self._rows = _read(kind.rows, kind, path, self._raw)
        blocks = _read(kind.column_blocks, kind, path, self._raw)
        self._blocks = by_another(kind, path, blocks) if pays(kind, path, self._size) else blocks

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def blocks(self) -> Iterator[Block]:
        """The rows many at a time, instead of one after the other."""
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
        """The share of the file that has been read; 0 where its size is not known."""
        known = self._size and not self._raw.closed
        return min(1.0, self._raw.tell() / self._size) if known else 0.0

    def place(self, number: int) -> str:
        """How messages call a row: "reviews.csv: row 3"."""
        return self.format.place(self.source, number)


def _read(
    items: Callable[[IO[bytes], str], Iterator[Item]],
    kind: Format,
    path: Path | None,
    raw: IO[bytes],
) -> Generator[Item, None, None]:
    """What a format reads of a file, which is closed after it."""
    source, packed = source_of(path), path is not None and path.suffix.lower() == ".gz"
    file: Any = gunzipped(raw) if packed else raw
    try:
        yield from items(file, source)
    except UnicodeError:  # UTF-16 without a byte order mark is no UnicodeDecodeError
        raise kind.not_text(path) from None
    except RnnkitError as error:
        if not error.where and source not in error.got:
            error.where = source
        raise
    except BaseException as error:  # whatever a library raises, but not a format of the user's
        is_users = not type(kind).__module__.startswith("rnnkit.")
        if not is_fault(error) or (is_users and not isinstance(error, LIBRARIES)):
            raise
        name = "gzip" if packed else name_of("format", type(kind))
        raise unread(error, source, name, raw) from error
    finally:
        if path:
            raw.close()


def source_of(path: Path | None) -> str:
    """How messages call a file, or standard input."""
    return str(path) if path else "standard input"
