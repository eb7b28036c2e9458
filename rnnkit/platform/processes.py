"""Processors and priorities."""

from __future__ import annotations

import os


def processors() -> int:
    """The processors that this process may use, where the system says which; else all of them."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def step_back(niceness: int) -> None:
    """Gives way to other processes; Windows has no such call."""
    if lower := getattr(os, "nice", None):
        lower(niceness)
