"""Texts larger than memory, read in chunks."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rnnkit.data.formats.encodings import HEAD, encoding_hint
from rnnkit.errors import RnnkitError
from rnnkit.storage.reading import open_file

PIECE = 1 << 16  # bytes read at once
LONGEST = 1 << 20  # a longer line is split at white space, or anywhere if it has none

# Split before the last white space that precedes a word: BPE merges a space with its word.
_BEFORE_LAST_WORD = re.compile(r"[\s\S]+(?=[ \n]\S)")


@dataclass(frozen=True)
class LongText:
    """A span of bytes of one or several text files, read end to end as if each ended in a newline.

    Args:
        files: Text files.
        key: The config key that names them, for error messages.
        encoding: Their encoding, in which a newline must be the same byte as in ASCII.
        start: First byte of the span, counted over all files.
        end: The byte after the last one.
    """

    files: Sequence[Path]
    key: str
    encoding: str
    start: int
    end: int

    @classmethod
    def of(cls, files: Sequence[Path], key: str, encoding: str) -> LongText:
        """The whole text of these files.

        Raises:
            RnnkitError: If the encoding is unknown, or does not allow reading in pieces.
        """
        try:
            name = codecs.lookup(encoding).name.removesuffix("-sig")
            in_pieces = b"\n".decode(name) == "\n"
        except UnicodeError:
            in_pieces = False
        except (LookupError, ValueError):
            raise RnnkitError(
                key, f"unknown encoding {encoding!r}", "Expected a name such as utf-8 or latin-1"
            ) from None
        if not in_pieces:
            got = f"a long text in {encoding.upper()}, which cannot be split at line ends"
            raise RnnkitError(
                key, got, "Expected utf-8, latin-1 or the like", "Save the files as UTF-8"
            )
        with _reading(key):
            return cls(files, key, name, 0, sum(file.stat().st_size for file in files))

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def checksum(self) -> str:
        """Checksum of the text, independent of how it is split into pieces."""
        checksum = hashlib.sha256()
        for piece in self.pieces():
            checksum.update(piece.encode())
        return checksum.hexdigest()

    def between(self, start: int, end: int) -> LongText:
        """The part between two bytes, each moved to the next line end."""
        return replace(self, start=self._line_end(start), end=self._line_end(end))

    def _line_end(self, position: int) -> int:
        """The first position at or after `position` that follows a newline, or white space in a
        very long line.
        """
        if position <= 0 or position >= self.end:
            return max(0, min(position, self.end))
        for file, before, size in self._placed():
            if position < before + size:
                with _reading(self.key), open_file(file) as opened:
                    opened.seek(position - before)
                    while len(line := opened.readline(LONGEST)) == LONGEST and not line.endswith(
                        b"\n"
                    ):
                        if space := line.find(b" ") + 1:
                            return before + opened.tell() - len(line) + space
                    return before + opened.tell()
        return self.end

    def _placed(self) -> Iterator[tuple[Path, int, int]]:
        """Each file with the position of its first byte, and its size."""
        before = 0
        for file in self.files:
            with _reading(self.key):
                size = file.stat().st_size
            yield file, before, size
            before += size

    def pieces(self) -> Iterator[str]:
        """Reads the text in pieces, split before white space.

        Raises:
            RnnkitError: If a file cannot be read, or is not text in the encoding.
        """
        for file, before, size in self._placed():
            if before + size > self.start and before < self.end:
                piece = ""
                for piece in self._pieces_of(
                    file, max(0, self.start - before), min(size, self.end - before)
                ):
                    yield piece
                if (
                    before + size <= self.end
                    and file is not self.files[-1]
                    and not piece.endswith("\n")
                ):
                    yield "\n"

    def _pieces_of(self, file: Path, start: int, end: int) -> Iterator[str]:
        decoder = io.IncrementalNewlineDecoder(
            codecs.getincrementaldecoder(self.encoding)(), translate=True
        )
        rest, position, begins = "", start, start == 0
        with _reading(self.key), open_file(file) as opened:
            opened.seek(start)
            while position < end:
                raw = opened.read(min(PIECE, end - position))
                if not raw:
                    raise RnnkitError(
                        self.key,
                        f"{file} has become shorter while it was read",
                        "",
                        "Try again with a file that stays as it is",
                    )
                text = rest + self._decoded(
                    decoder, raw, file, position, position + len(raw) >= end
                )
                if begins and text:
                    text, begins = text.removeprefix("\ufeff"), False
                position += len(raw)
                match = _BEFORE_LAST_WORD.match(text)
                end_of_piece = match.end() if match else len(text) if len(text) > LONGEST else 0
                if end_of_piece:
                    yield text[:end_of_piece]
                rest = text[end_of_piece:]
        if rest:
            yield rest

    def _decoded(
        self,
        decoder: io.IncrementalNewlineDecoder,
        raw: bytes,
        file: Path,
        position: int,
        final: bool,
    ) -> str:
        hint = encoding_hint(raw[:HEAD] if position == 0 else b"", raw, self.encoding)
        if (nul := raw.find(b"\0")) >= 0:
            raise RnnkitError(
                self.key,
                f"{file}: byte {position + nul} is a NUL: not {self.encoding.upper()} text",
                "",
                hint,
            )
        pending, _ = decoder.getstate()  # first bytes of a character that was split
        try:
            return decoder.decode(raw, final)
        except UnicodeDecodeError as error:
            byte = position - len(pending) + error.start
            got = f"{file}: byte {byte} is not {self.encoding.upper()}"
            raise RnnkitError(self.key, got, "", hint) from None


def pieces_of(text: str) -> Iterator[str]:
    """Splits a text in memory as `LongText.pieces` splits files: encoding it in one call would take
    hundreds of bytes of memory for each byte of text.
    """
    start = 0
    while len(text) - start > PIECE:
        end = start + PIECE
        limit = min(len(text), start + LONGEST)
        while not (match := _BEFORE_LAST_WORD.match(text, start, end)) and end < limit:
            end += PIECE
        end = match.end() if match else end
        yield text[start:end]
        start = end
    if start < len(text) or not text:
        yield text[start:]


@contextlib.contextmanager
def _reading(key: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RnnkitError(key, f"{error.filename} cannot be read ({error.strerror})") from None
