"""A lock between processes, which ends with its process however that ends."""

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
"""What a drive of the network answers that has no locks."""

LONGEST_OWNER = 1000  # bytes of the file that says who holds a lock
SECONDS_BETWEEN_TRIES = 0.1


@contextlib.contextmanager
def held(
    path: Path,
    *,
    doing: str = "training in this folder",
    cure: str = "Wait for it, or start a new run",
) -> Iterator[None]:
    """Holds the lock of a file, which stays when it is released, as Windows and Unix want it.

    Args:
        path: The file.
        doing: What another process that holds it is doing.
        cure: What to do then.

    Raises:
        RnnkitError: If another process holds it, or if it cannot be held there.
    """
    from filelock import Timeout

    _require_plain(path)
    lock = _lock(path)
    owner = path.with_name(f"{path.name}.owner")
    try:
        _acquire(lock)
    except Timeout:
        raise RnnkitError(
            "",
            f"another process{_described(owner)} is {doing}",
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


def taken(path: Path) -> Callable[[], None] | None:
    """Takes the lock of a file without waiting; what releases it, by the thread that took it, or
    None if another process holds it.

    Raises:
        RnnkitError: If it cannot be held there.
    """
    from filelock import Timeout

    _require_plain(path)
    lock = _lock(path)
    try:
        _acquire(lock)
    except Timeout:
        return None
    release: Callable[[], None] = lock.release
    return release


@contextlib.contextmanager
def waited_for(path: Path) -> Iterator[None]:
    """Holds the lock of a file once no other process does: what takes a moment.

    Raises:
        RnnkitError: If it cannot be held there.
    """
    while (release := taken(path)) is None:
        time.sleep(SECONDS_BETWEEN_TRIES)
    try:
        yield
    finally:
        release()


def _lock(path: Path) -> Any:
    from filelock import FileLock

    return FileLock(path)


def _acquire(lock: Any) -> None:
    """Without waiting. A drive without locks has those of a file that names its process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # filelock's own remark on such a drive
        try:
            lock.acquire(blocking=False)
        except OSError as error:
            if error.errno not in WITHOUT_LOCKS:
                raise
            got = f"the lock {Path(lock.lock_file).name} cannot be held ({error.strerror})"
            expected = "Expected a drive with locks"
            raise RnnkitError(
                "", got, expected, "Set RNNKIT_RUNS to a folder of this machine"
            ) from (None)


def _require_plain(path: Path) -> None:
    """Refuses a link, which a stranger's run folder may have there, and whatever is no file."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(kind):
        got = f"{path.name} is a {'link' if stat.S_ISLNK(kind) else 'folder or a device'}"
        raise RnnkitError("", got, "Expected a file, or none", f"Remove {path}")


def _write(owner: Path) -> None:
    """Says who holds the lock; a folder that is full or read-only does without."""
    content = json.dumps({"process": os.getpid(), "machine": socket.gethostname()})
    temporary = owner.with_name(f"{owner.name}.{os.getpid()}.tmp")
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(content)
        os.replace(temporary, owner)  # a link there is replaced, not followed


def _described(owner: Path) -> str:
    """Who holds the lock, as far as it says so."""
    try:
        if not stat.S_ISREG(owner.lstat().st_mode):
            return ""
        with open(owner, "rb") as file:
            content = json.loads(file.read(LONGEST_OWNER))
        process, machine = content["process"], content["machine"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
    is_plain = isinstance(machine, str) and machine.isascii() and machine.isprintable()
    if not (isinstance(process, int) and is_plain):
        return ""
    return f" ({process} on {machine[:100]})"
