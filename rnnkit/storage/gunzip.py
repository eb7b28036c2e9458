"""Decompression of gzip files in large pieces.

Python's own reader decompresses 8 KB at a time before 3.12. After each piece another thread may
take the GIL and keep it for 5 ms: while TensorFlow is imported, hardly anything would be read.
"""

from __future__ import annotations

import gzip
import io
import zlib
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer

MAGIC = b"\x1f\x8b"
PIECE = 1 << 17  # bytes
_GZIP = 16 + zlib.MAX_WBITS  # zlib's code for gzip's header and checksum


def gunzipped(file: IO[bytes]) -> io.BufferedReader:
    """The decompressed content of an open file, all members concatenated, as `gzip -cd` writes it;
    the file stays open.

    Args:
        file: Open at its start. Reading raises OSError if it is not compressed by gzip, EOFError if
            it ends too early, zlib.error if it is damaged.
    """
    return _Pieces(_Members(file), PIECE)


class _Pieces(io.BufferedReader):
    """Reads whole pieces, even for callers that ask for less, as a text reader does."""

    def read1(self, size: int = -1, /) -> bytes:
        self.peek(1)  # fills the buffer: `read1` alone reads no more than it is asked for
        return super().read1(size)


class _Members(io.RawIOBase):
    """The concatenated members of a file."""

    def __init__(self, file: IO[bytes]):
        self._file, self._packed = file, b""
        self._member = zlib.decompressobj(_GZIP)
        self._is_within, self._filling = False, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        while self._is_within or self._begins():
            piece, member = self._packed or self._file.read(PIECE), self._member
            content = member.decompress(piece, len(view))
            self._packed = member.unconsumed_tail
            if member.eof:  # zeros may follow, as padding to a block
                self._packed, self._filling, self._is_within = member.unused_data, b"\0", False
                self._member = zlib.decompressobj(_GZIP)
            elif not (piece or content):
                raise EOFError("Compressed file ended before the end-of-stream marker was reached")
            if content:
                view[: len(content)] = content
                return len(content)
        return 0

    def _begins(self) -> bool:
        """Moves to the next member; returns whether there is one."""
        packed = self._packed.lstrip(self._filling)
        while not packed:
            piece = self._file.read(PIECE)
            if not piece:
                return False
            packed = piece.lstrip(self._filling)
        if len(packed) < len(MAGIC):
            packed += self._file.read(PIECE)
        if not packed.startswith(MAGIC):
            raise gzip.BadGzipFile(f"Not a gzipped file ({packed[: len(MAGIC)]!r})")
        self._packed, self._is_within = packed, True
        return True
