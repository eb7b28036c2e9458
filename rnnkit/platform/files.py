"""Writing files through to the disk and renaming them, on each system."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from rnnkit.platform import system

OPEN_FILES = Path("/proc/self/fd")

PATIENCE_SECONDS = 2.0
"""How long renaming is retried on Windows, which refuses while another program, such as a virus
scanner or an editor, has the file open."""


def sync_file(file: IO[Any]) -> None:
    """Writes a file through to the disk. On macOS that takes F_FULLFSYNC, as fsync leaves content
    in the disk's cache; network drives lack it.
    """
    file.flush()
    if system.is_macos():
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(file.fileno(), getattr(fcntl, "F_FULLFSYNC", 51))
            return
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Makes renames in a folder survive a power failure. Windows cannot open a folder, and writes
    renames through by itself.
    """
    if system.is_windows():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def without_links(path: str, flags: int) -> int:
    """An opener for `open` that refuses links."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def open_folder(path: Path) -> int | None:
    """Opens a folder, so that it can be identified after it was renamed; None on Windows, which
    cannot open a folder, nor rename one in use.
    """
    if not system.is_windows():
        with contextlib.suppress(OSError):
            return os.open(path, os.O_RDONLY)
    return None


def name_of_folder(descriptor: int | None) -> Path | None:
    """The current name of an open folder; None if the system does not tell, as Linux does."""
    with contextlib.suppress(OSError):
        return (OPEN_FILES / str(descriptor)).readlink()
    return None


def replace(source: Path, target: Path) -> None:
    """Renames a file, replacing an existing one atomically.

    Raises:
        OSError: If that fails; on Windows also if another program has `target` open.
    """
    _retry_on_windows(lambda: os.replace(source, target))


def rename_folder(source: Path, target: Path) -> None:
    """Renames a folder to a free name.

    Raises:
        OSError: If that fails; on Windows also if a file in it is open.
    """
    _retry_on_windows(lambda: os.rename(source, target))


def _retry_on_windows(act: Callable[[], None]) -> None:
    """Calls a function, again for a while if Windows refuses, as a file is open."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while system.is_windows() and time.monotonic() < ends:
        with contextlib.suppress(PermissionError):
            act()
            return
        time.sleep(0.05)
    act()
