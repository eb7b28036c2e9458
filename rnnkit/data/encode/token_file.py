"""Encodes a text piece by piece, in memory or to a temporary file."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np

from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.data.raw.long_text import LongText
from rnnkit.errors import RnnkitError
from rnnkit.platform.disk import cure, exit_code

ENCODED_AT_ONCE = 8  # pieces


def encode_pieces(pieces: Iterable[str], tokenizer: Tokenizer) -> Iterator[np.ndarray]:
    """Encodes the pieces of a text, some pieces at a time."""
    remaining = iter(pieces)
    while chunk := list(islice(remaining, ENCODED_AT_ONCE)):
        yield tokenizer.encode_all(chunk).flat


class TokenFile:
    """Token ids in a temporary file that is removed with this object; slices are read as copies.

    Args:
        file: The open file.
        dtype: The type of the ids in the file.
        tokens: Number of ids.
        unknown: Number of ids that are `<unk>`.
        fingerprint: A checksum of the ids.
    """

    def __init__(self, file: IO[bytes], dtype: type, tokens: int, unknown: int, fingerprint: str):
        self._file, self.dtype, self._tokens = file, np.dtype(dtype), tokens
        weakref.finalize(self, file.close)
        self.unknown, self.fingerprint = unknown, fingerprint

    def __len__(self) -> int:
        return self._tokens

    def __getitem__(self, span: slice) -> np.ndarray:
        start, end, step = span.indices(self._tokens)
        if step != 1:
            raise ValueError("slices must have a step of 1")
        if end <= start:
            return np.empty(0, np.int32)
        return np.memmap(
            self._file, self.dtype, "r", start * self.dtype.itemsize, (end - start,)
        ).astype(np.int32)


def encode_to_file(text: LongText, tokenizer: Tokenizer, folder: Path) -> TokenFile:
    """Encodes a text to a temporary file in `folder`.

    Raises:
        RnnkitError: If the file cannot be written.
    """
    dtype: type = np.uint16 if len(tokenizer) <= 1 << 16 else np.uint32
    checksum, tokens, unknown = hashlib.sha256(), 0, 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = tempfile.TemporaryFile(dir=folder, prefix="tokens-")  # noqa: SIM115 (it lives as long as the data)
    except OSError as error:
        raise _unwritten(folder, error) from None
    try:
        for ids in encode_pieces(text.pieces(), tokenizer):
            content = ids.astype(dtype).tobytes()
            file.write(content)
            checksum.update(content)
            tokens, unknown = tokens + len(ids), unknown + int((ids == tokenizer.unknown_id).sum())
        file.flush()
    except BaseException as error:
        with contextlib.suppress(OSError):  # a full disk cannot take what is still buffered
            file.close()
        if isinstance(error, OSError):
            raise _unwritten(folder, error) from None
        raise
    return TokenFile(file, dtype, tokens, unknown, checksum.hexdigest())


def _unwritten(folder: Path, error: OSError) -> RnnkitError:
    got = f"token ids cannot be written ({error.strerror})"
    return RnnkitError(
        str(folder),
        got,
        "",
        cure(error, instead_of="Set RNNKIT_CACHE to a folder that can be written"),
        exit_code=exit_code(error),
    )
