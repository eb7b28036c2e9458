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
        temporary.unlink(missing_ok=True)  # left by a killed process with this id
        with open(temporary, "xb") as file:  # never through a link
            file.write(content)
            sync_file(file)
        replace(temporary, path)
    except OSError as error:
        error.filename = str(path)  # a full disk is reported without one
        raise
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def require_no_link(path: Path) -> None:
    """Refuses a link in the place of a file or folder that is to be written.

    Raises:
        RnnkitError: If it is one.
    """
    if path.is_symlink():
        got = f"a link to {str(path.readlink())!r}"
        raise RnnkitError(str(path), got, "Expected no link: it is written", "Remove the link")


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8; a lone surrogate, which UTF-8 cannot encode, becomes an escape."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_anew(path: Path, text: str) -> None:
    """Replaces a file by UTF-8 text, never through a link; a power failure may lose the text."""
    path.unlink(missing_ok=True)
    with open(path, "x", encoding="utf-8") as file:
        file.write(text)


def append_json(path: Path, data: Any) -> None:
    """Appends a line of JSON to a file and flushes it to the disk. A process that is killed on the
    way leaves the earlier lines, and perhaps a part of this one, which the next line does not join.
    """
    with open(path, "ab") as file:
        file.write(b"\n" + json.dumps(data).encode() + b"\n")
        sync_file(file)


def write_json(path: Path, data: Any) -> None:
    """Writes JSON; the escape that `write_text` uses for a lone surrogate is also JSON's."""
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
