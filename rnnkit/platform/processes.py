"""The number of processors, priorities and sessions of processes."""

from __future__ import annotations

import os
from typing import Any

from rnnkit.platform import system

NICENESS = 5


def processors() -> int:
    """The number of processors that this process may use, or of all if the system does not tell."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def lower_priority() -> None:
    """Lowers the priority of this process, where the system has niceness (not on Windows)."""
    if lower := getattr(os, "nice", None):
        lower(NICENESS)


def detached() -> dict[str, Any]:
    """Options of `subprocess.Popen` for a process that gets no Ctrl-C from this terminal."""
    if system.is_windows():
        return {"creationflags": 0x00000200}  # CREATE_NEW_PROCESS_GROUP
    return {"start_new_session": True}
