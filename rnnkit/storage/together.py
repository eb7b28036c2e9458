"""Transactions on several files: one rename switches all of them.

A new folder gets its name when it is complete. Files that replace others are written into
`.saved.tmp/`, which is renamed to `.saved/`; from then on they are valid, and are moved to their
final names. Readers prefer a file in `.saved/` to the one next to it, so that a process killed
between any two calls leaves either the old files or the new ones.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from rnnkit.errors import RnnkitError
from rnnkit.platform.files import rename_folder, replace, sync_folder

SAVED, UNSAVED = ".saved", ".saved.tmp"
NEW = ".new-"
ABANDONED_SECONDS = 3600.0


def new_folder(parent: Path, name: str, fill: Callable[[Path], None]) -> Path:
    """Creates a folder NAME below `parent`, or NAME-2, NAME-3 if that is taken; it appears with all
    its files, or not at all.

    Args:
        parent: The folder in which it is created.
        name: Its name.
        fill: Writes its files, into a folder that is renamed afterwards.

    Raises:
        OSError: If it cannot be written.
    """
    for path in parent.glob(f"{NEW}*"):  # left by a process that was killed
        with contextlib.suppress(OSError):
            if time.time() - path.lstat().st_mtime > ABANDONED_SECONDS:
                _remove(path)
    unnamed = parent / f"{NEW}{os.getpid()}-{time.monotonic_ns()}"
    unnamed.mkdir()
    try:
        with _calling(unnamed, parent / name):
            fill(unnamed)
        path = _renamed(unnamed, parent / name)
    finally:
        _remove(unnamed)
    sync_folder(parent)
    return path


def _renamed(unnamed: Path, path: Path) -> Path:
    """Renames the folder to the first free name; nothing is overwritten."""
    taken = {other.name.casefold() for other in path.parent.iterdir()}  # macOS ignores case
    for number in range(1, 1_000_000):
        target = path if number == 1 else path.with_name(f"{path.name}-{number}")
        if target.name.casefold() in taken:
            continue
        try:
            rename_folder(unnamed, target)
        except OSError:
            if not os.path.lexists(target):  # otherwise another process was faster
                raise
        else:
            return target
    raise FileExistsError(str(path))


class HasPath(Protocol):
    """Anything that has a folder."""

    @property
    def path(self) -> Path: ...


class Replaced:
    """A descriptor for the path of a file that is replaced together with others."""

    def __init__(self, name: str):
        self._name = name

    def __get__(self, owner: HasPath, kind: type[HasPath]) -> Path:
        return current(owner.path, self._name)


def current(folder: Path, name: str) -> Path:
    """The path of the valid version of a file, which need not exist."""
    saved = folder / SAVED / name
    return saved if saved.is_file() and not saved.parent.is_symlink() else folder / name


@contextlib.contextmanager
def written_together(folder: Path) -> Iterator[Path]:
    """A folder to write into. When the block ends, its files replace those of `folder`, all at
    once; after an error, none of them does. One process at a time.

    Raises:
        OSError: If they cannot be renamed; errors use the files' final names.
    """
    settle(folder)
    unsaved = folder / UNSAVED
    try:
        unsaved.mkdir()
        with _calling(unsaved, folder):
            yield unsaved
        rename_folder(unsaved, folder / SAVED)
    finally:
        _remove(unsaved)
    sync_folder(folder)
    settle(folder)


def settle(folder: Path) -> None:
    """Completes the transaction of a process that was killed, or removes its incomplete files. One
    process at a time.
    """
    _remove(folder / UNSAVED)
    saved = folder / SAVED
    if saved.is_symlink():
        saved.unlink()
    if not saved.is_dir():
        return
    for path in sorted(saved.iterdir()):
        replace(path, folder / path.name)
    sync_folder(folder)
    saved.rmdir()


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _calling(folder: Path, name: Path) -> Iterator[None]:
    """Makes errors use the final names of a folder's files."""

    def named(place: object) -> str:
        return str(place).replace(str(folder), str(name))

    try:
        yield
    except OSError as error:
        error.filename = named(error.filename) if error.filename else None
        raise
    except RnnkitError as error:
        error.where, error.hint = named(error.where), named(error.hint)
        raise
