"""Results of long computations, kept between trainings: arrays in a folder that may be deleted at
any time.

`RNNKIT_CACHE` names the folder, which downloads share; empty or 0 turns the cache off.
`RNNKIT_CACHE_GB` bounds its size, programs that XLA compiled included: the least recently used goes
first. A file is complete or absent, however many processes write; a damaged or foreign one is
removed with a remark.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from rnnkit.environment import is_installed, require
from rnnkit.errors import RnnkitError
from rnnkit.progress import log
from rnnkit.storage import load_npz, npz_bytes, write_bytes

OFF = ("", "0")
USUAL_GB = 4.0
ABANDONED_SECONDS = 3600  # the age at which a temporary file counts as abandoned
COMPILED = "xla"  # the folder of compiled programs, next to that of results
KEY = "rnnkit key"  # the array that identifies what a file is the result of


def cache_folder() -> Path:
    """Where downloads are kept: `RNNKIT_CACHE`, or the user's cache folder."""
    folder = os.environ.get("RNNKIT_CACHE", "")
    if folder not in OFF:
        return Path(folder)
    require("pooch")
    import pooch

    return Path(pooch.os_cache("rnnkit"))


@dataclass(frozen=True)
class Cache:
    """Arrays by a key that stands for everything they depend on.

    Args:
        folder: Where they are kept; None keeps nothing.
        most_bytes: The largest size of the folder, in bytes.
    """

    folder: Path | None
    most_bytes: float = USUAL_GB * 1e9

    @classmethod
    def of_environment(cls) -> Self:
        """The folder `computed` of `RNNKIT_CACHE`.

        Raises:
            RnnkitError: If `RNNKIT_CACHE_GB` is not a size.
        """
        most_bytes = _most_bytes()
        is_off = os.environ.get("RNNKIT_CACHE") in OFF
        if is_off or not (is_installed("pooch") or "RNNKIT_CACHE" in os.environ):
            return cls(None)
        return cls(cache_folder().absolute() / "computed", most_bytes)

    def get(self, key: str) -> dict[str, np.ndarray] | None:
        """The arrays kept under a key; None if there are none that can be read."""
        if self.folder is None:
            return None
        path = self._path(key)
        try:
            arrays = load_npz(path)
            if str(arrays.pop(KEY, None)) != key:
                raise RnnkitError(str(path), "not the result of this name")
        except OSError as error:
            if path.is_dir():
                log.warning(f"{path}: {error.strerror}, where a result would be kept")
            return None
        except RnnkitError as error:
            log.warning(f"{error} It is computed again")
            _remove(path)
            return None
        with contextlib.suppress(OSError):  # another process removed it, or may only read it
            os.utime(path)
        return arrays

    def holds(self, key: str) -> bool:
        """Whether there are arrays under a key."""
        return self.folder is not None and self._path(key).is_file()

    def put(self, key: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keeps arrays under a key; if that fails, they are computed again next time."""
        if self.folder is None:
            return
        try:
            if sum(array.nbytes for array in arrays.values()) <= self.most_bytes:
                self.folder.mkdir(parents=True, exist_ok=True)
                write_bytes(self._path(key), npz_bytes({**arrays, KEY: np.array(key)}))
            self.trim()
        except OSError as error:
            log.info(f"{self.folder}: not cached ({error.strerror or error})")

    def size(self) -> tuple[int, int]:
        """How many files are kept, and their bytes.

        Raises:
            RnnkitError: If a file is in the folder's place.
        """
        for folder in (self.folder, *self.folder.parents) if self.folder else ():
            if folder.exists() and not folder.is_dir():
                raise RnnkitError("RNNKIT_CACHE", f"{folder} is a file", "Expected a folder")
        files = self._files()
        return len(files), sum(size for _, size, _ in files)

    def clear(self) -> None:
        """Removes everything that is kept."""
        for *_, path in self._files():
            _remove(path)

    def _path(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{key}.npz"

    def _files(self) -> list[tuple[float, int, Path]]:
        """The time of last use, size in bytes and path of each file, least recently used first."""
        if self.folder is None:
            return []
        paths = [*self.folder.glob("*.npz"), *self.folder.glob(".*.npz.*.tmp")]
        paths += self.folder.with_name(COMPILED).glob("*")
        files = []
        for path in paths:
            with contextlib.suppress(OSError):  # removed meanwhile
                status = path.stat()
                is_being_written = path.suffix == ".tmp" and (
                    time.time() - status.st_mtime < ABANDONED_SECONDS
                )
                if path.is_file() and not is_being_written:
                    files.append((status.st_mtime, status.st_size, path))
        return sorted(files)

    def trim(self) -> None:
        """Removes the least recently used files until the rest fits into `most_bytes`."""
        files = self._files()
        excess = sum(size for _, size, _ in files) - self.most_bytes
        for _, size, path in files:
            if excess <= 0:
                return
            _remove(path)
            excess -= size


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _most_bytes() -> float:
    text = os.environ.get("RNNKIT_CACHE_GB", str(USUAL_GB))
    with contextlib.suppress(ValueError):
        if (gigabytes := float(text)) >= 0 and math.isfinite(gigabytes):
            return gigabytes * 1e9
    expected = "Expected gigabytes, such as 4 or 0.5"
    raise RnnkitError("RNNKIT_CACHE_GB", f"found {text!r}", expected)
