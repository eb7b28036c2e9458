"""Processors, priorities and sessions."""

from __future__ import annotations

import os
from typing import Any

from rnnkit.platform import system

NICENESS = 5


def processors() -> int:
    """The processors that this process may use, where the system says which; else all of them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def step_back() -> None:
    """Gives way to other processes; Windows has no such call."""
    if lower := getattr(os, "nice", None):
        lower(NICENESS)


def apart() -> dict[str, Any]:
    """How `subprocess.Popen` starts a process that hears no Ctrl-C of this one's terminal."""
    if system.is_windows():
        return {"creationflags": 0x00000200}  # CREATE_NEW_PROCESS_GROUP
    return {"start_new_session": True}
