"""A folder that stays the same one while it is in use: what its user moves is followed, what its
user removes is never made anew.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rnnkit.errors import RUN_FAILED, RnnkitError, at
from rnnkit.platform.files import name_of_folder, open_folder
from rnnkit.platform.lock import held
from rnnkit.progress import log
from rnnkit.storage import require_no_link
from rnnkit.storage.together import HasPath


@dataclass(frozen=True)
class Below:
    """The path of a file in a folder that may be moved."""

    name: str

    def __get__(self, folder: HasPath, kind: type) -> Path:
        return folder.path / self.name


class HeldFolder:
    """A folder by what it is, not by its name.

    Args:
        path: Its name at first.
    """

    def __init__(self, path: Path):
        self.last = path  # its name when last asked
        self._descriptor = open_folder(path)
        self._identity = _identity(path)

    def path(self) -> Path:
        """Its name now.

        Raises:
            RnnkitError: If it was removed, or moved to where it is not found.
        """
        if _identity(self.last) == self._identity:
            return self.last
        for path in self._candidates():
            if _identity(path) == self._identity:
                before, self.last = self.last, path  # first: the remark is written there too
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
        """Lets go of it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _candidates(self) -> Iterator[Path]:
        """Where it may be: what the system says of the open folder; else beside its first name."""
        if moved := name_of_folder(self._descriptor):
            with contextlib.suppress(ValueError):
                moved = moved.relative_to(Path.cwd())
            yield moved
        with contextlib.suppress(OSError):
            yield from self.last.parent.iterdir()


@contextlib.contextmanager
def locked(path: Path, written: Sequence[Path]) -> Iterator[HeldFolder]:
    """Holds a folder in which no other process of rnnkit may train.

    Args:
        path: The folder.
        written: What is written in it as the training goes on.

    Raises:
        RnnkitError: If another process has it, or what is written is a link.
    """
    with contextlib.ExitStack() as stack:
        for one in written:
            require_no_link(one)
        with at(str(path)):
            stack.enter_context(held(path / ".lock"))
        folder = HeldFolder(path)
        stack.callback(folder.close)
        yield folder


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
