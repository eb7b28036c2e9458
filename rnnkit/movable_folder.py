"""A folder that is identified by its inode while it is in use: if the user moves it, it is
followed; if the user removes it, it is never created again.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rnnkit.errors import RUN_FAILED, RnnkitError, at
from rnnkit.platform.files import name_of_folder, open_folder
from rnnkit.platform.lock import lock_file
from rnnkit.progress import log
from rnnkit.storage import require_no_link
from rnnkit.storage.together import HasPath


@dataclass(frozen=True)
class PathInFolder:
    """The path of a file in a folder that may be moved."""

    name: str

    def __get__(self, folder: HasPath, kind: type) -> Path:
        return folder.path / self.name


class MovableFolder:
    """A folder by its identity, not by its name.

    Args:
        path: Its name at the start.
    """

    def __init__(self, path: Path):
        self.last = path  # the last known name
        self._descriptor = open_folder(path)
        self._identity = _identity(path)

    def path(self) -> Path:
        """The folder's current name.

        Raises:
            RnnkitError: If it was removed, or moved to a place where it cannot be found.
        """
        if _identity(self.last) == self._identity:
            return self.last
        for path in self._candidates():
            if _identity(path) == self._identity:
                before, self.last = self.last, path  # first, as the remark goes to its log, too
                log.warning(f"{before}: the folder is {path} now; work goes on there")
                return path
        raise RnnkitError(
            str(self.last),
            "the folder was removed, or moved elsewhere, while it was in use",
            "Expected it to stay until the training ends",
            "What it held is where it was moved to; else train again",
            exit_code=RUN_FAILED,
        )

    def close(self) -> None:
        """Releases the folder."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _candidates(self) -> Iterator[Path]:
        """Where it may be: the system's name of the open folder, then its former neighbours."""
        if moved := name_of_folder(self._descriptor):
            with contextlib.suppress(ValueError):
                moved = moved.relative_to(Path.cwd())
            yield moved
        with contextlib.suppress(OSError):
            yield from self.last.parent.iterdir()


@contextlib.contextmanager
def locked_folder(path: Path, written: Sequence[Path]) -> Iterator[MovableFolder]:
    """Locks a folder, so that no other process of rnnkit trains in it.

    Args:
        path: The folder.
        written: The files and folders in it that a training writes to.

    Raises:
        RnnkitError: If another process holds the lock, or one of `written` is a link.
    """
    with contextlib.ExitStack() as stack:
        for target in written:
            require_no_link(target)
        with at(str(path)):
            stack.enter_context(lock_file(path / ".lock"))
        folder = MovableFolder(path)
        stack.callback(folder.close)
        yield folder


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
