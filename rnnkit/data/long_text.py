"""Texts larger than memory: read in pieces, and kept as token ids in a file."""

from __future__ import annotations

import codecs
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np

from rnnkit.data.split import Split
from rnnkit.data.tokenizer import Tokenizer
from rnnkit.errors import RUN_FAILED, RnnkitError

PIECE = 1 << 16  # bytes read at once
ENCODED_AT_ONCE = 64  # pieces


@dataclass(frozen=True)
class LongText:
    """A span of one or several files, end to end.

    Args:
        files: Text files.
        where: How messages call them.
        encoding: How their bytes become text.
        start: First byte of the span, counted over all files.
        end: Byte after its last one.
    """

    files: Sequence[Path]
    where: str
    encoding: str
    start: int
    end: int

    @classmethod
    def of(cls, files: Sequence[Path], where: str, encoding: str) -> LongText:
        """All of the files."""
        return cls(files, where, encoding, 0, sum(file.stat().st_size for file in files))

    def __len__(self) -> int:
        return self.end - self.start

    def between(self, start: int, end: int) -> LongText:
        """A part of it, from one line end to another."""
        return replace(self, start=self._line_end(start), end=self._line_end(end))

    def split(self, shares: Split, at_space: bool) -> dict[str, LongText]:
        """The text in parts, cut where lines end."""
        first, second = (round(len(self) * share) for share in (1 - shares.validation - shares.test, 1 - shares.test))
        parts = {"train": self.between(0, first), "validation": self.between(first, second), "test": self.between(second, len(self))}
        return {part: text for part, text in parts.items() if len(text)}

    def _line_end(self, position: int) -> int:
        """The first position after a line end from `position` on."""
        if position <= 0 or position >= self.end:
            return max(0, min(position, self.end))
        before = 0
        for file in self.files:
            size = file.stat().st_size
            if position < before + size:
                with open(file, "rb") as opened:
                    opened.seek(position - before)
                    opened.readline()
                    return before + opened.tell()
            before += size
        return self.end

    def pieces(self) -> Iterator[str]:
        """The text in pieces that end where a line ends, or else at white space.

        Raises:
            RnnkitError: If it is not text in the encoding.
        """
        before = 0
        for file in self.files:
            size = file.stat().st_size
            if before + size > self.start and before < self.end:
                yield from self._pieces_of(file, max(0, self.start - before), min(size, self.end - before))
            before += size

    def _pieces_of(self, file: Path, start: int, end: int) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8-sig" if self.encoding.lower() in ("utf-8", "utf8") else self.encoding)()
        rest, position = "", start
        with open(file, "rb") as opened:
            opened.seek(start)
            while position < end:
                raw = opened.read(min(PIECE, end - position))
                try:
                    text = rest + decoder.decode(raw, final=position + len(raw) >= end).replace("\r\n", "\n")
                except UnicodeDecodeError as error:
                    got = f"{file}: byte {position + error.start} is not {self.encoding.upper()}"
                    raise RnnkitError(self.where, got, "", "Save the file as UTF-8, or name its encoding, such as `encoding: latin-1`") from None
                position += len(raw)
                cut = max(text.rfind("\n"), text.rfind(" ")) + 1 or len(text)
                yield text[:cut]
                rest = text[cut:]
        if rest:
            yield rest


class TokenFile:
    """Token ids in a file that is gone when nothing refers to it any more; a slice of it is mapped only while it is copied.

    Args:
        file: An open file of ids.
        dtype: Their type.
        tokens: How many there are.
        unknown: How many of them are `<unk>`.
        fingerprint: A checksum of the ids.
    """

    def __init__(self, file: IO[bytes], dtype: type, tokens: int, unknown: int, fingerprint: str):
        self._file, self.dtype, self._tokens = file, np.dtype(dtype), tokens
        self.unknown, self.fingerprint = unknown, fingerprint

    def __len__(self) -> int:
        return self._tokens

    def __getitem__(self, span: slice) -> np.ndarray:
        start, end, _ = span.indices(self._tokens)
        if end <= start:
            return np.empty(0, np.int32)
        return np.memmap(self._file, self.dtype, "r", start * self.dtype.itemsize, (end - start,)).astype(np.int32)


def encode_to_file(text: LongText, tokenizer: Tokenizer, folder: Path) -> TokenFile:
    """The ids of a text in a file below `folder`.

    Raises:
        RnnkitError: If it cannot be written.
    """
    dtype: type = np.uint16 if len(tokenizer) <= 1 << 16 else np.uint32
    checksum, tokens, unknown = hashlib.sha256(), 0, 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = tempfile.TemporaryFile(dir=folder, prefix="tokens-")  # noqa: SIM115 (it lives as long as the data)
        pieces = text.pieces()
        while taken := list(islice(pieces, ENCODED_AT_ONCE)):
            ids = tokenizer.encode_all(taken).flat
            content = ids.astype(dtype).tobytes()
            file.write(content)
            checksum.update(content)
            tokens, unknown = tokens + len(ids), unknown + int((ids == tokenizer.unknown_id).sum())
        file.flush()
    except OSError as error:
        raise RnnkitError(str(folder), f"token ids cannot be written ({error.strerror})", "", "Set RNNKIT_CACHE", exit_code=RUN_FAILED) from None
    return TokenFile(file, dtype, tokens, unknown, checksum.hexdigest())
