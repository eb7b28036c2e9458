"""The base of text formats: encoding, numbered lines, and errors with the line that cannot be
decoded.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, cast

from pydantic import Field

from rnnkit.data.formats.encodings import EXAMINED, encoding_hint
from rnnkit.data.formats.format import Format, Rows, source_of
from rnnkit.errors import RnnkitError, setting
from rnnkit.storage.gunzip import gunzipped
from rnnkit.storage.reading import BoundedLines, open_file

KEPT = 1 << 14  # non-ASCII bytes kept before an undecodable one, to guess the encoding
BYTE_ORDER_MARK = "\ufeff"


class TextFormat(Format):
    """A file of text."""

    encoding: str = Field("utf-8", description="the file's character encoding")

    @property
    def text_encoding(self) -> str:
        return self.encoding

    def read(self, path: Path | None) -> Rows:
        try:
            "a".encode(self.encoding)  # the empty text would not look up the codec
        except (LookupError, ValueError):
            got = f"unknown encoding {self.encoding!r}"
            raise RnnkitError("", got, "Expected a name such as utf-8, latin-1 or utf-16") from None
        return super().read(path)

    def lines(self, file: IO[bytes], source: str) -> Iterator[tuple[int, str]]:
        """The lines of an open file without line ends, numbered from 1."""
        with self.decoded(file) as text:
            for number, line in enumerate(text, start=1):
                if "\0" in line:
                    raise self.zero_byte(source, number, line)
                yield number, line.removesuffix("\n").removeprefix(BYTE_ORDER_MARK * (number == 1))

    @contextlib.contextmanager
    def decoded(self, file: Any, newline: str | None = None) -> Iterator[io.TextIOWrapper]:
        """Decodes an open file, which stays open."""
        lines = cast("IO[bytes]", BoundedLines(file))
        text = io.TextIOWrapper(lines, encoding=self.encoding, newline=newline)
        try:
            yield text
        finally:
            if not file.closed:
                text.detach()

    def zero_byte(self, source: str, number: int, line: str) -> RnnkitError:
        """The error for a row with a zero byte."""
        got, expected = f"row {number} holds a zero byte", f"Expected {self._encoding_name} text"
        hint = "The file is damaged there: correct the row, or remove it"
        if number == 1:  # as in UTF-16 without a byte order mark
            raw = line.encode("utf-8", "surrogatepass")
            hint = encoding_hint(raw, raw, self.encoding)
        return RnnkitError(source, got, expected, hint)

    def not_text(self, path: Path | None) -> RnnkitError:
        if path is None:
            hint = f"Name its encoding, such as {setting('encoding', 'cp1252')}"
            return RnnkitError("", f"{source_of(path)} is not {self._encoding_name}", "", hint)
        place, head, raw = self._undecodable(path)
        hint = encoding_hint(head, raw, self.encoding.lower())
        return RnnkitError("", f"{path}{place} is not {self._encoding_name}", "", hint)

    def _undecodable(self, path: Path) -> tuple[str, bytes, bytes]:
        """Finds the byte that cannot be decoded.

        Returns:
            Its line and position in words ("" if not found), the first bytes of the file, and the
            bytes from that line on.
        """
        decoder = codecs.getincrementaldecoder(self.encoding)()
        number, head, before, line = 1, b"", b"", b""
        with open_raw(path) as file:
            try:
                while line := file.readline(EXAMINED):
                    head = head or line
                    number += decoder.decode(line).count("\n")
                    if not line.isascii():  # only these bytes tell encodings apart
                        before = (before + line)[-KEPT:]
                decoder.decode(b"", final=True)
            except UnicodeDecodeError as error:
                byte = error.object[error.start]
                place = f":{number}: byte {error.start + 1} of the line ({byte:#04x})"
                with contextlib.suppress(OSError, EOFError, zlib.error):
                    line += file.read(EXAMINED)
                return place, head, before + line
            except (UnicodeError, OSError, EOFError, zlib.error):
                pass
        return "", head, line

    @property
    def _encoding_name(self) -> str:
        return self.encoding.upper()


@contextlib.contextmanager
def open_raw(path: Path) -> Iterator[Any]:
    """Opens a file of bytes, which may be compressed by gzip."""
    with open_file(path) as file:
        yield gunzipped(file) if path.suffix.lower() == ".gz" else file


class LineWriter:
    """Writes lines of text to an open file."""

    def __init__(self, file: IO[str]):
        self._file = file

    def write_lines(self, lines: Sequence[str]) -> None:
        """Adds lines."""
        self._file.writelines(f"{encodable(line)}\n" for line in lines)

    def close(self) -> None:
        """Nothing ends a file of lines."""


def encodable(text: str) -> str:
    """The text with lone surrogates, which JSON may contain, written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
