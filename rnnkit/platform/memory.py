"""The memory of the machine and of this process."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rnnkit.platform import system

GROUP_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""The files of a control group of version 2 and 1: its limit, its use, a key of `memory.stat`."""

OWN_LIMITS = {
    "ulimit -v": ("Max address space", "VmSize:"),
    "ulimit -d": ("Max data size", "VmData:"),
}
"""By shell command that sets a limit of a process: the names of the limit and of its use."""

SELF = Path("/proc/self")


@dataclass(frozen=True)
class MachineMemory:
    """The memory of this machine, in bytes.

    Args:
        total: All that this process may use.
        available: What is free now.
    """

    total: int
    available: int


def machine_memory() -> MachineMemory | None:
    """The memory that this process may use; None if the system does not say."""
    if system.is_linux():
        return _linux_memory(Path("/proc/meminfo"), _groups())
    if system.is_windows():
        return _windows_memory()
    answer = subprocess.run(
        ["sysctl", "-n", "hw.memsize"], capture_output=True, text=True, check=False
    )
    total = int(answer.stdout) if answer.stdout.strip().isdigit() else 0
    return MachineMemory(total, total) if total else None


@dataclass(frozen=True)
class Limit:
    """A memory limit that this process was started with.

    Args:
        name: The shell command that sets it: "ulimit -v" for all mapped addresses, "ulimit -d" for
            private writable ones.
        most: The limit in bytes.
        room: The bytes left.
        is_hard: Whether the shell can no longer raise it.
    """

    name: str
    most: int
    room: int
    is_hard: bool


def limits(process: Path = SELF) -> Iterator[Limit]:
    """The limits on the memory of this process."""
    with contextlib.suppress(OSError):
        for line in (process / "limits").read_text(encoding="ascii").splitlines():
            for name, (title, key) in OWN_LIMITS.items():
                soft, hard, *_ = [*line.removeprefix(title).split(), "", ""]
                if line.startswith(title) and soft.isdecimal():  # not "unlimited"
                    room = int(soft) - (_own_memory(key, process) or 0)
                    is_hard = hard.isdecimal() and os.geteuid() != 0
                    yield Limit(name, int(soft), max(0, room), is_hard)


def peak_memory() -> int | None:
    """The peak of the bytes that this process had in memory; None if the system does not tell."""
    return _own_memory("VmHWM:")


def resident_memory() -> int | None:
    """The bytes that this process has in memory now; None if the system does not say."""
    return _own_memory("VmRSS:")


def _own_memory(key: str, process: Path = SELF) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        for line in (process / "status").read_text(encoding="utf-8").splitlines():
            if line.startswith(key):
                return 1024 * int(line.split()[1])
    return None


def _linux_memory(
    meminfo: Path, groups: Iterable[Path], process: Path = SELF
) -> MachineMemory | None:
    """The memory by the kernel's figures and the limits of control groups and process.

    Args:
        meminfo: The file of the machine's figures.
        groups: The folders of the control groups of this process.
        process: The folder of the process's figures.
    """
    try:
        lines = [line.split() for line in meminfo.read_text(encoding="ascii").splitlines()]
        kilobytes = {line[0]: int(line[1]) for line in lines}
        total = 1024 * (kilobytes["MemTotal:"] + kilobytes["SwapTotal:"])
        available = 1024 * (kilobytes["MemAvailable:"] + kilobytes["SwapFree:"])
    except (OSError, KeyError, ValueError):
        return None
    for group in groups:
        for maximum, usage, files in GROUP_FILES:
            # ValueError: "max", where there is no limit
            with contextlib.suppress(OSError, ValueError):
                most = int((group / maximum).read_text(encoding="ascii"))
                total, available = min(total, most), min(available, most)
                used = int((group / usage).read_text(encoding="ascii"))
                available = min(available, max(0, most - used + _reclaimable(group, files)))
    for limit in limits(process):
        total, available = min(total, limit.most), min(available, limit.room)
    return MachineMemory(total, available)


def _groups() -> list[Path]:
    """The folders of the control groups that may limit this process's memory, innermost first."""
    root, groups = Path("/sys/fs/cgroup"), []
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, group = line.split(":", 2)
            if controllers in ("", "memory"):
                path = root / controllers / group.lstrip("/")
                groups += [
                    path,
                    *(parent for parent in path.parents if parent.is_relative_to(root)),
                ]
    return groups or [root]


def _reclaimable(group: Path, key: str) -> int:
    """The bytes of cached files that the kernel can drop."""
    with contextlib.suppress(OSError, ValueError):
        for line in (group / "memory.stat").read_text(encoding="ascii").splitlines():
            if line.startswith(f"{key} "):
                return int(line.split()[1])
    return 0


def _windows_memory() -> MachineMemory | None:
    """The memory by GlobalMemoryStatusEx, which fills two 32-bit and seven 64-bit numbers."""
    status = (ctypes.c_uint64 * 8)()
    status[0] = ctypes.sizeof(status)
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        return None
    return MachineMemory(status[3], status[4])
