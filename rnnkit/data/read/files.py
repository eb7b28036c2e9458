"""Reading the user's files: where they are looked for, and what is wrong with them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from rnnkit.data.formats.encodings import EXAMINED, HEAD, encoding_hint
from rnnkit.errors import RnnkitError, nearest
from rnnkit.storage.reading import CORPUS_BYTES, read_bytes

GZIP = b"\x1f\x8b"


def find_file(path: str, expected: str = "a UTF-8 text file") -> Path:
    """The file `path`, as it is or below `RNNKIT_DATA`.

    Raises:
        RnnkitError: If it is not there, or is not a file.
    """
    found = _find(path, expected)
    if found.is_dir():
        raise RnnkitError(
            "", f"{path!r} is a directory", f"Expected {expected}", "Name a file in it"
        )
    return found


def find_folder(path: str) -> Path:
    """The folder `path`, as it is or below `RNNKIT_DATA`.

    Raises:
        RnnkitError: If it is not there, or is not a folder.
    """
    found = _find(path, "a folder")
    if not found.is_dir():
        raise RnnkitError("", f"{path!r} is a file", "Expected a folder")
    return found


def find_file_or_folder(path: str, expected: str = "a UTF-8 text file or a folder of them") -> Path:
    """What `path` names, as it is or below `RNNKIT_DATA`.

    Raises:
        RnnkitError: If it is not there.
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
    """The text of a file, with plain line ends and without a byte order mark.

    Args:
        path: The file.
        encoding: As its user names it; UTF-8 if None, and there is no key to name another.
        may_be_empty: Whether it need not hold any text.
        at_most: How many bytes it may have.

    Raises:
        RnnkitError: If it cannot be read, is empty though it may not be, or is not text in
            `encoding`.
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
