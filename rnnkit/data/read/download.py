"""Locates public data files: in a local folder, the cache, a mirror, or by a verified download."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from rnnkit.cache import cache_folder
from rnnkit.data.read.http import AT_ONCE, NotThere, fetch, require_safe
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import log
from rnnkit.storage.reading import open_file

MIRROR = "RNNKIT_MIRROR"


@dataclass(frozen=True)
class RemoteFile:
    """A public file with a fixed checksum.

    Args:
        name: Its name in the cache.
        url: An https address pinned to a commit or version; empty if there is none.
        sha256: Its checksum.
        local_names: Paths below `RNNKIT_DATA` where it may be.
    """

    name: str
    url: str
    sha256: str
    local_names: tuple[str, ...] = ()

    def locate(self) -> Path:
        """The path of the file below `RNNKIT_DATA` or in the cache, downloaded if necessary.

        Raises:
            RnnkitError: If it cannot be downloaded, or its checksum is wrong.
        """
        if folder := os.environ.get("RNNKIT_DATA"):
            for local_name in self.local_names:
                if (path := Path(folder) / local_name).is_file():
                    return path
        path = cache_folder() / self.name
        if self._is_at(path):
            return path
        try:
            return self._from_mirror(path) or self._from_url(path)
        except RnnkitError as error:
            error.hint = error.hint or self._by_hand()
            raise

    def _is_at(self, path: Path) -> bool:
        """Whether the file at a path has the right checksum."""
        try:
            with open_file(path) as file:
                checksum = hashlib.sha256()
                while piece := file.read(AT_ONCE):
                    checksum.update(piece)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            got = f"cannot be read ({error.strerror or error})"
            raise RnnkitError(str(path), got, "Expected a file", "Set RNNKIT_CACHE") from None
        return checksum.hexdigest() == self.sha256

    def _from_mirror(self, path: Path) -> Path | None:
        """Gets the file from `RNNKIT_MIRROR`, by name or checksum; None if it is not there."""
        if not (mirror := require_mirror()):
            return None
        for name in (self.name, self.sha256):
            if "://" not in mirror:
                file = Path(mirror) / name
                if not file.exists():
                    continue
                if self._is_at(file):
                    return file
                with at(MIRROR):
                    raise RnnkitError(
                        str(file), "another sha256", f"Expected {self.sha256}", "Copy it again"
                    )
            try:
                with at(MIRROR):
                    fetch(f"{mirror.rstrip('/')}/{name}", path, self.sha256)
                return path
            except NotThere:
                continue
        log.info(f"{MIRROR}: {mirror} has no {self.name}")
        return None

    def _from_url(self, path: Path) -> Path:
        if not self.url:
            got = "not on this machine, and it has no address whose bytes cannot change"
            raise RnnkitError(self.name, got)
        fetch(self.url, path, self.sha256)
        return path

    def _by_hand(self) -> str:
        folder = f"set RNNKIT_DATA to a folder that holds {' or '.join(self.local_names)}"
        if not self.url:
            return f"Bring it by hand: {folder}"
        return f"Bring it by hand: save {self.url} as {cache_folder() / self.name}, or {folder}"


def require_mirror() -> str:
    """The value of `RNNKIT_MIRROR`: the address of a folder, or a local folder; "" if unset.

    Raises:
        RnnkitError: If it is neither.
    """
    mirror = os.environ.get(MIRROR, "").strip()
    with at(MIRROR):
        if "://" in mirror:
            require_safe(mirror)
        elif mirror and not Path(mirror).is_dir():
            expected = "Expected an https address or a folder of this machine"
            raise RnnkitError(
                "", f"no such folder: {mirror}", expected, f"Correct or unset {MIRROR}"
            )
    return mirror
