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
"""Of a control group, of version 2 and 1: its limit, what it uses, and the key of `memory.stat`."""

OWN_LIMITS = {
    "ulimit -v": ("Max address space", "VmSize:"),
    "ulimit -d": ("Max data size", "VmData:"),
}
"""Of a process, by what sets them in a shell: its limit, and what it uses of that."""

SELF = Path("/proc/self")


@dataclass(frozen=True)
class MachineMemory:
    """The memory of this machine, in bytes.

    Args:
        total: All that this process may ever have.
        available: What is not in use now.
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
    """A limit that this process was started with.

    Args:
        name: What sets it in a shell: "ulimit -v" of the addresses that are mapped, "ulimit -d" of
            those that are its own to write to.
        most: Its bytes.
        room: What is left of them.
        is_hard: Whether its shell cannot raise it any more.
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
                if line.startswith(title) and soft.isdecimal():  # "unlimited", where there is none
                    room = int(soft) - (_own_memory(key, process) or 0)
                    is_hard = hard.isdecimal() and os.geteuid() != 0
                    yield Limit(name, int(soft), max(0, room), is_hard)


def peak_memory() -> int | None:
    """The most bytes that this process had in memory so far; None if the system does not
    say.
    """
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
    """By the kernel's own figures, in kB, and the limits of the control groups and the process.

    Args:
        meminfo: The figures of the whole machine.
        groups: The folders of the groups that this process is in.
        process: The folder of its own figures.
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
    """The control groups of this process that may limit its memory, each within the next."""
    root, groups = Path("/sys/fs/cgroup"), []
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, own = line.split(":", 2)
            if controllers in ("", "memory"):
                path = root / controllers / own.lstrip("/")
                groups += [path, *(above for above in path.parents if above.is_relative_to(root))]
    return groups or [root]


def _reclaimable(group: Path, key: str) -> int:
    """The bytes of files that the kernel gives up when memory is short."""
    with contextlib.suppress(OSError, ValueError):
        for line in (group / "memory.stat").read_text(encoding="ascii").splitlines():
            if line.startswith(f"{key} "):
                return int(line.split()[1])
    return 0


def _windows_memory() -> MachineMemory | None:
    """By GlobalMemoryStatusEx: two numbers of 32 bits, then seven of 64."""
    status = (ctypes.c_uint64 * 8)()
    status[0] = ctypes.sizeof(status)
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        return None
    return MachineMemory(status[3], status[4])
