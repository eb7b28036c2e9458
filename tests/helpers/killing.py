"""SIGKILL at a chosen file operation: before the n-th call of this process that opens, creates,
renames or removes something in a folder.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

OPERATIONS = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree")


def kill_at(nth: int, folder: Path) -> None:
    """Kills this process, for real, at its n-th operation below a folder."""

    def kill(done: int) -> None:
        if done == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    _count(folder, kill)


def operations_of(folder: Path, work: Callable[[], object]) -> int:
    """How many operations below a folder this work does in a child process, which is not killed."""
    reader, writer = os.pipe()

    def count() -> None:
        _count(folder, lambda _: os.write(writer, b"."))
        work()

    assert _status_of(count) == 0
    os.close(writer)
    with os.fdopen(reader, "rb") as counted:
        return len(counted.read())


def is_killed_at(nth: int, folder: Path, work: Callable[[], object]) -> bool:
    """Whether a child process that does this work was killed at its n-th operation, which is false
    where it has fewer.
    """

    def do() -> None:
        kill_at(nth, folder)
        work()

    status = _status_of(do)
    assert status in (0, -signal.SIGKILL), status
    return status != 0


def _count(folder: Path, each: Callable[[int], object]) -> None:
    """Calls `each` with the number of each operation below a folder before it is done."""
    inside, done = str(folder), 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal done
        if event in OPERATIONS and str(arguments[0]).startswith(inside):
            done += 1
            each(done)

    sys.addaudithook(count)


def _status_of(work: Callable[[], object]) -> int:
    """What a child process ends with that does this work."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            print("the child failed:", repr(error), flush=True)
            os._exit(9)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
