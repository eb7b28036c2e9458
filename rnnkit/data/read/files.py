"""Finds and reads the user's files, with hints on what may be wrong."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from rnnkit.data.formats.encodings import EXAMINED, HEAD, encoding_hint
from rnnkit.errors import RnnkitError, nearest
from rnnkit.storage.reading import CORPUS_BYTES, read_bytes

GZIP = b"\x1f\x8b"


def find_file(path: str, expected: str = "a UTF-8 text file") -> Path:
    """Finds a file by its path, or by its path below `RNNKIT_DATA`.

    Raises:
        RnnkitError: If it does not exist, or is not a file.
    """
    file = _find(path, expected)
    if file.is_dir():
        raise RnnkitError(
            "", f"{path!r} is a directory", f"Expected {expected}", "Name a file in it"
        )
    return file


def find_folder(path: str) -> Path:
    """Finds a folder by its path, or by its path below `RNNKIT_DATA`.

    Raises:
        RnnkitError: If it does not exist, or is not a folder.
    """
    folder = _find(path, "a folder")
    if not folder.is_dir():
        raise RnnkitError("", f"{path!r} is a file", "Expected a folder")
    return folder


def find_file_or_folder(path: str, expected: str = "a UTF-8 text file or a folder of them") -> Path:
    """Finds a file or folder by its path, or by its path below `RNNKIT_DATA`.

    Raises:
        RnnkitError: If it does not exist.
    """
    return _find(path, expected)


def _find(path: str, expected: str) -> Path:
    candidates = [Path(path)]
    with contextlib.suppress(RuntimeError):  # "~nobody": no such user
        candidates[0] = candidates[0].expanduser()
    if folder := os.environ.get("RNNKIT_DATA"):
        candidates.append(Path(folder) / path)
    found = next((candidate for candidate in candidates if candidate.exists()), None)
    if found is None:
        parent = candidates[0].parent
        near = (
            nearest(candidates[0].name, [file.name for file in parent.iterdir()], 1)
            if parent.is_dir()
            else []
        )
        hint = "Check the path, or set RNNKIT_DATA to the folder it is in"
        if near:
            hint = f"Did you mean {str(parent / near[0])!r}?"
        elif set(path) & set("\a\b\t\n\v\f\r"):
            hint = "In double quotes YAML reads \\t as a tab: use single quotes, or / in a path"
        raise RnnkitError(
            "",
            f"no such {'folder' if expected == 'a folder' else 'file'}: {path!r}",
            f"Expected {expected}",
            hint,
        )
    return found


def read_text(
    path: Path,
    encoding: str | None = None,
    *,
    may_be_empty: bool = False,
    at_most: int = CORPUS_BYTES,
) -> str:
    """Reads a text file, with line ends normalized and without a byte order mark.

    Args:
        path: The file.
        encoding: The encoding that the user chose; None for UTF-8 without a key to change it.
        may_be_empty: Whether the file may be empty.
        at_most: The maximum size in bytes.

    Raises:
        RnnkitError: If it cannot be read or decoded, or is empty although it must not be.
    """
    try:
        raw = read_bytes(path, at_most)
    except OSError as error:
        raise RnnkitError("", f"{path} cannot be read ({error.strerror})") from None
    if raw.startswith(GZIP):
        raise RnnkitError(
            "",
            f"{path} is compressed by gzip",
            "Expected text",
            f"Unpack it: gunzip --keep {path}",
        )
    has_key, encoding = encoding is not None, "utf-8" if encoding is None else encoding
    try:
        text = raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        got = f"{path}:{line}: byte {error.start} ({raw[error.start]:#04x})"
        hint = encoding_hint(raw[:HEAD], raw[:EXAMINED], encoding, has_key=has_key)
        raise RnnkitError("", f"{got} is not {encoding.upper()}", "", hint) from None
    except (LookupError, ValueError):
        raise RnnkitError(
            "",
            f"unknown encoding {encoding!r}",
            "Expected a name such as utf-8, latin-1 or utf-16",
        ) from None
    if (position := text.find("\0")) >= 0:  # UTF-16 without a byte order mark is valid UTF-8
        line = text[:position].count("\n") + 1
        got = f"{path}:{line}: character {position} is a NUL: not {encoding.upper()} text"
        hint = encoding_hint(raw[:HEAD], raw[:EXAMINED], encoding, has_key=has_key)
        raise RnnkitError("", got, "", hint)
    if not text.strip() and not may_be_empty:
        raise RnnkitError("", f"{path} is empty", "Expected text")
    return text.replace("\r\n", "\n").replace("\r", "\n")
