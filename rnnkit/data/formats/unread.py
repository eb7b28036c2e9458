"""What is said of a file that cannot be opened, or that a library cannot read."""

from __future__ import annotations

import contextlib
from typing import IO

from rnnkit.data.formats.encodings import HEAD, kind_hint
from rnnkit.errors import RnnkitError
from rnnkit.storage.damage import reason


def unread(
    error: BaseException, source: str, name: str, raw: IO[bytes] | None = None
) -> RnnkitError:
    """The error of such a file.

    Args:
        error: What was raised.
        source: What messages call the file.
        name: What it should be: "readable", "whole gzip".
        raw: The file, where it could be opened; it is open.
    """
    hint = "Is it yours to read, and its disk in order?"
    if raw is not None:
        hint = _kind(raw) or "Write it again, or fetch it again from where it came"
    got = f"{source} cannot be read ({reason(error)})"
    return RnnkitError("", got, f"Expected a {name} file", hint)


def _kind(raw: IO[bytes]) -> str:
    """What the file is instead; "" where it does not show, or cannot be read again."""
    with contextlib.suppress(OSError, ValueError):
        raw.seek(0)
        return kind_hint(raw.read(HEAD))
    return ""
