"""Errors for files that cannot be opened, or that a library cannot read."""

from __future__ import annotations

import contextlib
from typing import IO

from rnnkit.data.formats.encodings import HEAD, kind_hint
from rnnkit.errors import RnnkitError
from rnnkit.storage.damage import reason

_CONTAINERS = {"npz": "zip"}


def unread(
    error: BaseException, source: str, name: str, raw: IO[bytes] | None = None
) -> RnnkitError:
    """The error of such a file.

    Args:
        error: What was raised.
        source: What messages call the file.
        name: What it should be: "gzip", "npz".
        raw: The file, where it could be opened; it is open.
    """
    got = f"{source} cannot be read ({reason(error)})"
    if raw is None:
        hint = "Is it yours to read, and its disk in order?"
        return RnnkitError("", got, "Expected a file that can be opened", hint)
    return RnnkitError("", got, f"Expected a whole {name} file", whole_hint(raw, name))


def whole_hint(raw: IO[bytes], name: str) -> str:
    """What to do about a file that is not what it should be, or not the whole of it.

    Args:
        raw: The file, which is open.
        name: As in `unread`.
    """
    what, again = "", "Write it again, or fetch it again from where it came"
    with contextlib.suppress(OSError, ValueError):  # which cannot be read again
        raw.seek(0)
        what = kind_hint(raw.read(HEAD))
    is_damaged = _CONTAINERS.get(name, name).lower() in what.lower()
    return again if is_damaged or not what else what
