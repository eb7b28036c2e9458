"""Errors for files that cannot be opened or read."""

from __future__ import annotations

import contextlib
from typing import IO

from rnnkit.data.formats.encodings import HEAD, kind_hint
from rnnkit.errors import RnnkitError
from rnnkit.storage.damage import reason

_CONTAINERS = {"npz": "zip"}


def read_error(
    error: BaseException, source: str, name: str, raw: IO[bytes] | None = None
) -> RnnkitError:
    """The error to raise for a file that cannot be read.

    Args:
        error: The exception of the library.
        source: The name of the file in messages.
        name: The expected format: "gzip", "npz".
        raw: The open file; None if it could not be opened.
    """
    got = f"{source} cannot be read ({reason(error)})"
    if raw is None:
        hint = "Is it yours to read, and its disk in order?"
        return RnnkitError("", got, "Expected a file that can be opened", hint)
    return RnnkitError("", got, f"Expected a whole {name} file", file_hint(raw, name))


def file_hint(raw: IO[bytes], name: str) -> str:
    """What to do about a file that is of another kind than expected, or incomplete.

    Args:
        raw: The open file.
        name: As in `read_error`.
    """
    what, again = "", "Write it again, or fetch it again from where it came"
    with contextlib.suppress(OSError, ValueError):  # not seekable
        raw.seek(0)
        what = kind_hint(raw.read(HEAD))
    is_damaged = _CONTAINERS.get(name, name).lower() in what.lower()
    return again if is_damaged or not what else what
