"""Files that are complete or absent: bytes, text, JSON and arrays."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.errors import RnnkitError


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The content of an .npz file, byte for byte the same for the same arrays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
    return buffer.getvalue()


def read_npz(content: bytes, source: str) -> dict[str, np.ndarray]:
    """The arrays in the content of an .npz file; nothing in it is ever unpickled.

    Raises:
        RnnkitError: If it is damaged, or holds objects instead of numbers.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: np.asarray(archive[name]) for name in archive.files}
    except Exception as error:  # NumPy, zipfile and zlib raise many kinds
        raise RnnkitError(
            source, f"damaged: {error}", "Expected an .npz of plain numbers"
        ) from None


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a file so that it is complete or absent: a temporary name, fsync, rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        error.filename = str(path)  # a full disk is reported without a name
        raise
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Makes the renames in a folder survive a power failure; Windows, where a folder cannot be
    opened, writes them through by itself.
    """
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8; half a surrogate pair, which UTF-8 lacks, as an escape."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_json(path: Path, data: Any) -> None:
    """Writes JSON, whose own escape of half a surrogate pair is that of `write_text`."""
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path, *keys: str) -> dict[str, Any]:
    """The mapping in a JSON file, with at least `keys`.

    Raises:
        RnnkitError: If it is missing or damaged.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RnnkitError(str(path), "no such file", "", "The run is not complete") from None
    except (ValueError, RecursionError) as error:
        raise RnnkitError(str(path), f"damaged JSON: {error}") from None
    if not isinstance(data, dict):
        raise RnnkitError(str(path), f"damaged JSON: a {type(data).__name__}", "Expected a mapping")
    if missing := [key for key in keys if key not in data]:
        raise RnnkitError(
            str(path),
            f"damaged: no {' and no '.join(map(repr, missing))}",
            "",
            "Copy the run again, or train again",
        )
    return data
