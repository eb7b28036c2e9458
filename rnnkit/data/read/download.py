"""Public data by name: from a local folder, the cache, a mirror, or by download with a checksum."""

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
    """A public file whose bytes cannot change.

    Args:
        name: Its name in the cache.
        url: An https address that is pinned to a commit or a version; empty if there is none.
        sha256: The checksum of its bytes.
        local_names: Where it may lie below `RNNKIT_DATA`.
    """

    name: str
    url: str
    sha256: str
    local_names: tuple[str, ...] = ()

    def locate(self) -> Path:
        """The file on this machine: below `RNNKIT_DATA`, in the cache, or brought there now.

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
            return self._of_mirror(path) or self._of_its_address(path)
        except RnnkitError as error:
            error.hint = error.hint or self._by_hand()
            raise

    def _is_at(self, path: Path) -> bool:
        """Whether a file is this one; a damaged one in the cache is replaced."""
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

    def _of_mirror(self, path: Path) -> Path | None:
        """The file of `RNNKIT_MIRROR`, by its name or by its checksum; None if that lacks it."""
        if not (mirror := require_mirror()):
            return None
        for name in (self.name, self.sha256):
            if "://" not in mirror:
                place = Path(mirror) / name
                if not place.exists():
                    continue
                if self._is_at(place):
                    return place
                with at(MIRROR):
                    raise RnnkitError(
                        str(place), "another sha256", f"Expected {self.sha256}", "Copy it again"
                    )
            try:
                with at(MIRROR):
                    fetch(f"{mirror.rstrip('/')}/{name}", path, self.sha256)
                return path
            except NotThere:
                continue
        log.info(f"{MIRROR}: {mirror} has no {self.name}")
        return None

    def _of_its_address(self, path: Path) -> Path:
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
    """`RNNKIT_MIRROR`: the address of a folder, or a folder of this machine; "" if unset.

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
