"""Locks between processes; the system releases them when their process ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import stat
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rnnkit.errors import TRY_AGAIN, RnnkitError

WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}
"""The errors of a network drive that has no locks."""

MOST_OWNER_BYTES = 1000  # of the file that names the holder
SECONDS_BETWEEN_TRIES = 0.1


@contextlib.contextmanager
def lock_file(
    path: Path,
    *,
    doing: str = "training in this folder",
    cure: str = "Wait for it, or start a new run",
) -> Iterator[None]:
    """Locks a file; it stays when it is unlocked, as removing it would race on every system.

    Args:
        path: The file.
        doing: What another process that holds it is doing.
        cure: What to do then.

    Raises:
        RnnkitError: If another process holds it, or if the drive has no locks.
    """
    from filelock import Timeout

    _require_file(path)
    lock = _lock(path)
    owner = path.with_name(f"{path.name}.owner")
    try:
        _acquire(lock)
    except Timeout:
        raise RnnkitError(
            "",
            f"another process{_holder(owner)} is {doing}",
            "",
            cure,
            exit_code=TRY_AGAIN,
        ) from None
    try:
        _write(owner)
        yield
    finally:
        with contextlib.suppress(OSError):
            owner.unlink()
        lock.release()


def try_lock(path: Path) -> Callable[[], None] | None:
    """Locks a file if no other process has locked it.

    Returns:
        The function that unlocks it, for the same thread; None if another process holds the lock.

    Raises:
        RnnkitError: If it cannot be lock_file there.
    """
    from filelock import Timeout

    _require_file(path)
    lock = _lock(path)
    try:
        _acquire(lock)
    except Timeout:
        return None
    release: Callable[[], None] = lock.release
    return release


@contextlib.contextmanager
def wait_for_lock(path: Path) -> Iterator[None]:
    """Locks a file as soon as no other process does, for work that takes a moment.

    Raises:
        RnnkitError: If it cannot be lock_file there.
    """
    while (release := try_lock(path)) is None:
        time.sleep(SECONDS_BETWEEN_TRIES)
    try:
        yield
    finally:
        release()


def _lock(path: Path) -> Any:
    from filelock import FileLock

    return FileLock(path)


def _acquire(lock: Any) -> None:
    """Acquires a lock without waiting."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # filelock's own remark on such a drive
        try:
            lock.acquire(blocking=False)
        except OSError as error:
            if error.errno not in WITHOUT_LOCKS:
                raise
            got = f"the lock {Path(lock.lock_file).name} cannot be acquired ({error.strerror})"
            expected = "Expected a drive with locks"
            raise RnnkitError(
                "", got, expected, "Set RNNKIT_RUNS to a folder of this machine"
            ) from (None)


def _require_file(path: Path) -> None:
    """Refuses a link, which another person's run folder may have there, and anything but a file."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(kind):
        got = f"{path.name} is a {'link' if stat.S_ISLNK(kind) else 'folder or a device'}"
        raise RnnkitError("", got, "Expected a file, or none", f"Remove {path}")


def _write(owner: Path) -> None:
    """Writes which process holds the lock, unless the folder is full or read-only."""
    content = json.dumps({"process": os.getpid(), "machine": socket.gethostname()})
    temporary = owner.with_name(f"{owner.name}.{os.getpid()}.tmp")
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(content)
        os.replace(temporary, owner)  # a link there is replaced, not followed


def _holder(owner: Path) -> str:
    """The process that holds the lock, in words; "" if its file does not say."""
    try:
        if not stat.S_ISREG(owner.lstat().st_mode):
            return ""
        with open(owner, "rb") as file:
            content = json.loads(file.read(MOST_OWNER_BYTES))
        process, machine = content["process"], content["machine"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    is_plain = isinstance(machine, str) and machine.isascii() and machine.isprintable()
    if not (isinstance(process, int) and is_plain):
        return ""
    return f" ({process} on {machine[:100]})"
