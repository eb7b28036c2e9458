"""Files that are complete or absent: bytes, text and JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from rnnkit.errors import RnnkitError
from rnnkit.platform.files import replace, sync_file, sync_folder


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a file so that it is complete or absent: a temporary name, fsync, rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.unlink(missing_ok=True)  # of a process of this number that was killed
        with open(temporary, "xb") as file:  # never through a link
            file.write(content)
            sync_file(file)
        replace(temporary, path)
    except OSError as error:
        error.filename = str(path)  # a full disk is reported without a name
        raise
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def require_no_link(path: Path) -> None:
    """Refuses a link where a file or a folder of one's own is written.

    Raises:
        RnnkitError: If it is one.
    """
    if path.is_symlink():
        got = f"a link to {str(path.readlink())!r}"
        raise RnnkitError(str(path), got, "Expected no link: it is written", "Remove the link")


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8; half a surrogate pair, which UTF-8 lacks, as an escape."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_anew(path: Path, text: str) -> None:
    """Writes UTF-8 that may be lost in a power failure, in place of what is there; never through a
    link.
    """
    path.unlink(missing_ok=True)
    with open(path, "x", encoding="utf-8") as file:
        file.write(text)


def append_json(path: Path, data: Any) -> None:
    """Adds a line of JSON to a file, through to the disk; a process that is killed meanwhile leaves
    the lines before it, and perhaps a part of this one, which the next one does not continue.
    """
    with open(path, "ab") as file:
        file.write(b"\n" + json.dumps(data).encode() + b"\n")
        sync_file(file)


def write_json(path: Path, data: Any) -> None:
    """Writes JSON, whose own escape of half a surrogate pair is that of `write_text`."""
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
