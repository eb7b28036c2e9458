"""A real disk of few bytes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SOURCE = "rnnkit-tests-"
MOUNTS = Path("/proc/mounts")


@contextmanager
def small_disk(disk: Path, size: str) -> Iterator[Path]:
    """An empty disk of this size; the test is skipped where none can be mounted.

    Args:
        disk: The folder to mount it at.
        size: As mount(8) has it: "1m".
    """
    _unmount_left_ones()
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", f"{SOURCE}{os.getpid()}", disk]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("cannot mount a small disk (needs root)")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def _unmount_left_ones() -> None:
    """Those of test runs that were killed."""
    lines = MOUNTS.read_text(encoding="utf-8").splitlines() if MOUNTS.exists() else []
    for source, place, *_ in map(str.split, lines):
        if source.startswith(SOURCE) and not Path("/proc", source.removeprefix(SOURCE)).exists():
            place = place.replace(r"\040", " ")
            subprocess.run(["umount", "--lazy", place], check=False, capture_output=True)
