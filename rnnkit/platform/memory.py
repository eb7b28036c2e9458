"""The memory of the machine and of this process."""

from __future__ import annotations

import contextlib
import ctypes
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rnnkit.platform import system


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
    """The memory that this process may use; None where the system does not say."""
    if system.is_linux():
        return _linux_memory(Path("/proc/meminfo"), Path("/sys/fs/cgroup/memory.max"))
    if system.is_windows():
        return _windows_memory()
    answer = subprocess.run(
        ["sysctl", "-n", "hw.memsize"], capture_output=True, text=True, check=False
    )
    total = int(answer.stdout) if answer.stdout.strip().isdigit() else 0
    return MachineMemory(total, total) if total else None


def peak_memory() -> int | None:
    """The most bytes that this process had in memory so far; None where the system does not
    say.
    """
    return _own_memory("VmHWM:")


def resident_memory() -> int | None:
    """The bytes that this process has in memory now; None where the system does not say."""
    return _own_memory("VmRSS:")


def _own_memory(key: str) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith(key):
                return 1024 * int(line.split()[1])
    return None


def _linux_memory(meminfo: Path, limit: Path) -> MachineMemory | None:
    """By the kernel's own figures, in kB, and the limit of the container."""
    try:
        lines = [line.split() for line in meminfo.read_text(encoding="ascii").splitlines()]
        kilobytes = {line[0]: int(line[1]) for line in lines}
        total = 1024 * (kilobytes["MemTotal:"] + kilobytes["SwapTotal:"])
        available = 1024 * (kilobytes["MemAvailable:"] + kilobytes["SwapFree:"])
    except (OSError, KeyError, ValueError):
        return None
    with contextlib.suppress(OSError, ValueError):  # "max" where there is none
        total = min(total, int(limit.read_text(encoding="ascii")))
    return MachineMemory(total, min(total, available))


def _windows_memory() -> MachineMemory | None:
    """By GlobalMemoryStatusEx: two numbers of 32 bits, then seven of 64."""
    status = (ctypes.c_uint64 * 8)()
    status[0] = ctypes.sizeof(status)
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        return None
    return MachineMemory(status[3], status[4])
