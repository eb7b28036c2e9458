"""How rnnkit opens input files: regular files of limited size, and nothing else.

A pipe, a device or a socket instead of a file would hang, or fill memory. What a shell passes as an
open descriptor, `<(zcat reviews.csv.gz)` or `/dev/stdin`, is read like standard input.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from rnnkit.errors import RnnkitError

CONFIG_BYTES = 100_000
RECORD_BYTES = 256_000_000  # JSON, and tables of epochs
CORPUS_BYTES = 4_000_000_000  # a running text that is read at once
ROW_BYTES = 8_000_000  # a row of a file, or a line
ROW_FIELDS = 250_000  # the fields of a row, or the tokens of a sentence
TEXT_CHARACTERS = 1_000_000  # one text, in a row, in its own file, or on standard input
ARRAYS_BYTES = 64_000_000_000  # weights
LONGEST_CHARACTER = 4  # bytes in UTF-8

_AT_ONCE = 1 << 24
_POINTER = b"version https://git-lfs.github.com/spec/"
_POINTER_BYTES = 1024  # a pointer is smaller
_HELD = re.compile(r"/dev/stdin|(?:/dev|/proc/self)/fd/(\d+)")
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def is_handed_on(path: Path) -> bool:
    """Whether a path names an open descriptor of this process, which no other process has."""
    return _HELD.fullmatch(str(path)) is not None


def open_file(path: Path, *, links: bool = True) -> BinaryIO:
    """Opens a regular file for reading, or a pipe or terminal that this process inherited open.

    Args:
        path: The file.
        links: Whether it may be a link: the user's own files may, those of a run may not.

    Raises:
        RnnkitError: If it is anything else: a pipe, a socket, a device, a link.
        OSError: If it cannot be opened, or is a directory.
    """
    if not links and path.is_symlink():
        got, expected = f"a link to {path.readlink()}", "Expected the file itself"
        raise RnnkitError(str(path), got, expected, "Copy the run again")
    held = _HELD.fullmatch(str(path))
    if held and not stat.S_ISREG(path.stat().st_mode):
        return _held(path, int(held[1] or 0))
    _require_regular(path, path.stat().st_mode)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    flags |= 0 if links else getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)  # the path may name another file by now
        _require_regular(path, status.st_mode)
        file = os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
    try:
        _require_no_pointer(path, file, status.st_size)
    except BaseException:
        file.close()
        raise
    return file


def _require_regular(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        kind = _KINDS.get(stat.S_IFMT(mode), "no file")
        raise RnnkitError(str(path), kind, "Expected a regular file", "Write it to one first")


def _require_no_pointer(path: Path, file: io.BufferedReader, size: int) -> None:
    """Refuses a pointer of Git LFS, which a clone without it has in place of a large file."""
    if size < _POINTER_BYTES and file.peek(len(_POINTER)).startswith(_POINTER):
        got, expected = "a pointer of Git LFS", "Expected the file that it stands for"
        raise RnnkitError(str(path), got, expected, "Fetch it in its repository: `git lfs pull`")


def _held(path: Path, descriptor: int) -> BinaryIO:
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor):
        return os.fdopen(os.dup(descriptor), "rb")
    _require_regular(path, mode)
    raise AssertionError(path)  # regular files are opened anew


def read_bytes(path: Path, at_most: int = RECORD_BYTES, *, links: bool = True) -> bytes:
    """The content of a file.

    Args:
        path: As in `open_file`.
        at_most: The largest size, in bytes.
        links: As in `open_file`.

    Raises:
        RnnkitError: If it is larger, or as in `open_file`.
        OSError: As in `open_file`.
    """
    with open_file(path, links=links) as file:
        content = bytearray()
        size = os.fstat(file.fileno()).st_size  # 0 for a pipe, which may be endless
        while size <= at_most and (piece := file.read(min(_AT_ONCE, at_most + 1 - len(content)))):
            content += piece
            size = len(content)
    if size > at_most:
        got, hint = f"more than {at_most:,} bytes", "Is it the right file?"
        raise RnnkitError(str(path), got, "Expected a smaller file", hint)
    return bytes(content)


class BoundedLines(io.BufferedIOBase):
    """An open file that refuses lines so long that one would fill memory.

    Args:
        file: The file; it is not closed.
    """

    def __init__(self, file: Any):
        self._file, self._unended = file, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        return self._counted(self._file.read(size))

    def read1(self, size: int = -1) -> bytes:
        return self._counted(self._file.read1(size))

    def _counted(self, content: bytes) -> bytes:
        end = max(content.rfind(b"\n"), content.rfind(b"\r"))
        self._unended = len(content) - end - 1 + (self._unended if end < 0 else 0)
        if self._unended > ROW_BYTES:
            raise long_row("a line without an end")
        return content


def require_text(text: str, place: str = "") -> None:
    """Refuses a text that is too long: a model needs hundreds of bytes of memory per character.

    Args:
        text: The text.
        place: Its row, as messages call it.

    Raises:
        RnnkitError: If it is too long.
    """
    if len(text) > TEXT_CHARACTERS:
        raise long_text(f"a text of {len(text):,} characters", place)


def require_row(row: object, place: str = "") -> None:
    """Refuses a row with too long or too many texts, at any depth. Numbers do not count, as their
    memory is bounded.

    Args:
        row: A text, a list, a mapping, or anything else, which is not inspected.
        place: As in `require_text`.

    Raises:
        RnnkitError: If it has.
    """
    waiting, fields, characters = [row], 0, 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            require_text(value, place)
            characters += len(value)
        elif isinstance(value, Mapping):
            waiting += [*value, *value.values()]
        elif isinstance(value, list | tuple):
            waiting += value
        else:
            continue
        fields += 1
        if fields > ROW_FIELDS or characters > ROW_BYTES:
            got = f"a row of more than {ROW_FIELDS:,} fields or {ROW_BYTES:,} characters"
            raise long_row(got, place)


def long_text(got: str, place: str = "") -> RnnkitError:
    """The error for a text that is too long."""
    expected = f"Expected at most {TEXT_CHARACTERS:,} characters in one text"
    return RnnkitError(place, got, expected, "Split it into several")


def long_row(got: str, place: str = "") -> RnnkitError:
    """The error for a row that is too long."""
    expected = f"Expected at most {ROW_BYTES:,} bytes and {ROW_FIELDS:,} fields in a row"
    return RnnkitError(place, got, expected, "Split it into several rows")
