"""Standard output and error for any encoding of the terminal: characters that it lacks are
replaced, and output to a file or to another program is UTF-8.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any, TextIO

STRICT = ("strict", "surrogateescape")  # both raise if the encoding lacks a character


def prepare_streams() -> None:
    """Makes standard output and error accept any text. The encoding of PYTHONIOENCODING, or of a
    terminal, is kept.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        named = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
        encoding = sys.stdout.encoding if named or sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors=_tolerant(sys.stdout, "replace"))
        sys.stdout = _writing_to(_Named, sys.stdout)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors=_tolerant(sys.stderr, "backslashreplace"))
    sys.stderr = _losing(sys.stderr)


def lose_output() -> None:
    """Makes writing to a full, broken or closed standard output succeed, for a command whose
    results are saved elsewhere.
    """
    sys.stdout = _losing(sys.stdout)


def is_unicode() -> bool:
    """Whether standard output can encode every character."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return encoding.lower().startswith("utf")


class _Named(io.FileIO):
    """Standard output: its first error says so, and nothing is written after it."""

    _has_failed = False

    def write(self, content: Any) -> int:
        if self._has_failed:  # Python writes what is left once more when it exits
            return len(content)
        try:
            return super().write(content)
        except OSError as error:
            self._has_failed, error.filename = True, "standard output"
            raise


class _Lossy(io.FileIO):
    """A file that drops what cannot be written: to a full disk, a closed pipe or terminal."""

    def write(self, content: Any) -> int:
        with contextlib.suppress(OSError):
            super().write(content)
        return len(content)


def _losing(stream: TextIO | None) -> TextIO:
    """The replacement of a stream, to which every write succeeds."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    return _writing_to(_Lossy, stream)


def _writing_to(kind: type[io.FileIO], stream: TextIO) -> TextIO:
    """The replacement of a stream, which writes to a file of this kind."""
    is_file = type(stream) is io.TextIOWrapper
    if not is_file or not isinstance(stream.buffer, io.BufferedWriter | io.FileIO):
        return stream  # in a test or a notebook
    with contextlib.suppress(OSError):
        stream.flush()
    raw = kind(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=bool(stream.line_buffering),
        write_through=isinstance(stream.buffer, io.FileIO),
    )


def _tolerant(stream: io.TextIOWrapper, errors: str) -> str:
    return errors if stream.errors in STRICT else str(stream.errors)
