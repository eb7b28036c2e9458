"""Output files that are written completely or not at all, and standard output."""

from __future__ import annotations

import contextlib
import glob
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from rnnkit.errors import RnnkitError
from rnnkit.escapes import visible
from rnnkit.platform.disk import write_error
from rnnkit.platform.files import replace, sync_file, sync_folder


class _Terminal(io.TextIOWrapper):
    """A terminal, to which control characters are written as escapes."""

    def write(self, text: str) -> int:
        return super().write(visible(text, lines=True))


@contextlib.contextmanager
def _standard_output() -> Iterator[IO[str]]:
    """Standard output in UTF-8, as files; a terminal in its own encoding, with replacements for
    characters that it lacks and escapes for control characters.
    """
    if sys.stdout is None:
        raise RnnkitError("", "standard output is closed", "Expected a file", "Name one")
    if not isinstance(sys.stdout, io.TextIOWrapper):  # of a notebook, which takes any text
        yield sys.stdout
        return
    sys.stdout.flush()
    is_shown = sys.stdout.isatty()
    kind, encoding = (_Terminal, sys.stdout.encoding) if is_shown else (io.TextIOWrapper, "utf-8")
    output = kind(sys.stdout.buffer, encoding, errors="replace", newline="")
    output.reconfigure(line_buffering=sys.stdout.line_buffering)
    try:
        yield output
    finally:
        output.detach()


def temporary_name(path: Path) -> Path:
    """The name of a file while this process writes it."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def remove_abandoned(path: Path) -> None:
    """Removes the temporary files of killed processes; no other process may be writing the file."""
    for temporary in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with contextlib.suppress(OSError):
            temporary.unlink()


@contextlib.contextmanager
def open_output(path: Path | None, encoding: str | None) -> Iterator[IO[Any]]:
    """Opens a file that appears under its name only when it has been written completely.

    Args:
        path: The file; None for standard output.
        encoding: The encoding of its text; None for bytes.

    Raises:
        RnnkitError: If the file cannot be created.
    """
    if path is None:
        with _standard_output() as output:
            yield output
        return
    temporary = temporary_name(path)
    try:
        file: IO[Any] = (
            open(temporary, "x", encoding=encoding, newline="")  # noqa: SIM115
            if encoding
            else open(temporary, "xb")  # noqa: SIM115
        )
    except OSError as error:
        raise write_error(str(path), error) from None
    try:
        with file:
            yield file
            sync_file(file)
        replace(temporary, path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
