"""Files and folders that are written through and renamed, as each system allows it."""

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
"""How long Windows is asked again to rename what another program, such as a virus scanner or an
editor, has open; it refuses as long as that lasts."""


def sync_file(file: IO[Any]) -> None:
    """Writes a file through to the disk. macOS' fsync stops at the disk's own memory; what goes
    beyond is F_FULLFSYNC, which drives of the network lack.
    """
    file.flush()
    if system.is_macos():
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(file.fileno(), getattr(fcntl, "F_FULLFSYNC", 51))
            return
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Makes the renames in a folder survive a power failure; Windows, where a folder cannot be
    opened, writes them through by itself.
    """
    if system.is_windows():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def without_links(path: str, flags: int) -> int:
    """An opener for `open`, which follows no link."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def open_folder(path: Path) -> int | None:
    """Keeps a folder what it is, whatever its name becomes; None on Windows, which opens no folder,
    and renames none in use.
    """
    if not system.is_windows():
        with contextlib.suppress(OSError):
            return os.open(path, os.O_RDONLY)
    return None


def name_of_folder(descriptor: int | None) -> Path | None:
    """The name of an open folder now, where the system says it, as Linux does."""
    with contextlib.suppress(OSError):
        return (OPEN_FILES / str(descriptor)).readlink()
    return None


def replace(source: Path, target: Path) -> None:
    """Renames a file to a name that may be taken, in one step.

    Raises:
        OSError: If it cannot be; on Windows also where another program has `target` open.
    """
    _patiently(lambda: os.replace(source, target))


def rename_folder(source: Path, target: Path) -> None:
    """Renames a folder to a name that is free.

    Raises:
        OSError: If it cannot be; on Windows also where a file in it is open.
    """
    _patiently(lambda: os.rename(source, target))


def _patiently(act: Callable[[], None]) -> None:
    """Windows refuses to rename what is open: it is asked again, for a while."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while system.is_windows() and time.monotonic() < ends:
        with contextlib.suppress(PermissionError):
            act()
            return
        time.sleep(0.05)
    act()
