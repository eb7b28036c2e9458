"""Standard output and error, whatever the terminal's encoding is: text that it lacks is replaced,
and what goes to a file or to another program is in UTF-8, as files are.
"""

from __future__ import annotations

import io
import os
import sys

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


def is_unicode() -> bool:
    """Whether standard output takes every letter."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return encoding.lower().startswith("utf")


def _tolerant(stream: io.TextIOWrapper, errors: str) -> str:
    return errors if stream.errors in STRICT else str(stream.errors)
