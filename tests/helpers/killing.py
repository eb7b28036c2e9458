"""SIGKILL at a chosen file operation: before the n-th call of this process that opens, creates,
renames or removes something in a folder.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

OPERATIONS = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree")


def kill_at(nth: int, folder: Path) -> None:
    """Kills this process, for real, at its n-th operation below a folder."""
    inside, left = str(folder), nth

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in OPERATIONS and str(arguments[0]).startswith(inside):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def is_killed_at(nth: int, folder: Path, work: object) -> bool:
    """Whether a child process that does this work was killed at its n-th operation, which is false
    where it has fewer.
    """
    assert callable(work)
    child = os.fork()
    if child == 0:
        try:
            kill_at(nth, folder)
            work()
        except BaseException as error:
            print("the child failed:", repr(error), flush=True)
            os._exit(9)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), status
    return status != 0
