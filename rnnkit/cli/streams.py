"""Standard output and error, whatever the terminal's encoding is: text that it lacks is replaced,
and what goes to a file or to another program is in UTF-8, as files are.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any, TextIO

STRICT = ("strict", "surrogateescape")  # both end in an error where the encoding lacks a letter


def prepare_streams() -> None:
    """Lets standard output and error take any text. An encoding that PYTHONIOENCODING names
    stays, and so does that of a terminal.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        named = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
        encoding = sys.stdout.encoding if named or sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors=_tolerant(sys.stdout, "replace"))
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors=_tolerant(sys.stderr, "backslashreplace"))
    sys.stderr = _losing(sys.stderr)


def lose_output() -> None:
    """Lets a command whose results are kept elsewhere print them to a standard output that is
    full, broken or closed: they are lost, the work is not.
    """
    sys.stdout = _losing(sys.stdout)


def is_unicode() -> bool:
    """Whether standard output takes every letter."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return encoding.lower().startswith("utf")


class _Lossy(io.FileIO):
    """A file that loses what it cannot take: a full disk, a pipe that nobody reads, a terminal that
    is closed.
    """

    def write(self, content: Any) -> int:
        with contextlib.suppress(OSError):
            super().write(content)
        return len(content)


def _losing(stream: TextIO | None) -> TextIO:
    """The same stream, to which every write succeeds; one that is closed takes everything."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    is_file = type(stream) is io.TextIOWrapper
    if not is_file or not isinstance(stream.buffer, io.BufferedWriter | io.FileIO):
        return stream  # of a test, or of a notebook
    with contextlib.suppress(OSError):
        stream.flush()
    raw = _Lossy(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=bool(stream.line_buffering),
        write_through=isinstance(stream.buffer, io.FileIO),
    )


def _tolerant(stream: io.TextIOWrapper, errors: str) -> str:
    return errors if stream.errors in STRICT else str(stream.errors)
