"""What the process runs on: versions, machine, git commit, and the libraries that are optional."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from rnnkit import __version__
from rnnkit.errors import RnnkitError

LIBRARIES = ("keras", "tensorflow", "jax", "numpy", "tokenizers", "pydantic")
NAMES = {"sklearn": "scikit-learn"}  # what a library is called where it is installed from


def describe_environment() -> dict[str, Any]:
    """Versions, machine and git commit, for environment.json."""
    return {
        "rnnkit": __version__,
        "python": platform.python_version(),
        "libraries": {
            library: version
            for library in LIBRARIES
            if (version := library_version(library)) is not None
        },
        "machine": platform.machine(),
        "system": platform.system(),
        "cpus": os.cpu_count(),
        "backend": os.environ.get("KERAS_BACKEND", "tensorflow"),
        "git_commit": _git_commit(),
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "command": sys.argv[1:],
    }


def library_version(library: str) -> str | None:
    """The version of a library, which is not imported for it; None where that is unknown."""
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:  # not installed, or under another name (tf-nightly)
        version: str | None = getattr(sys.modules.get(library), "__version__", None)
        return version


def _git_commit() -> str | None:
    """The commit of the current folder."""
    if not shutil.which("git"):
        return None
    answer = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def is_installed(library: str) -> bool:
    """Whether a library can be imported, which is not done for it."""
    return importlib.util.find_spec(library) is not None


def require(library: str, extra: str | None = None) -> None:
    """Call it before the import of what `pip install rnnkit` alone does not bring.

    Args:
        library: The name that is imported, such as "sklearn".
        extra: The extra of rnnkit that brings it; None for that of the installed backend.

    Raises:
        RnnkitError: If it is not installed, with the command that installs it.
    """
    if is_installed(library):
        return
    if extra is None:
        extra = "jax" if is_installed("jax") and not is_installed("tensorflow") else "tensorflow"
    raise RnnkitError(
        "",
        f"{NAMES.get(library, library)} is not installed",
        "",
        f"Run `pip install 'rnnkit[{extra}]'`",
    )


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
    if sys.platform == "linux":
        return _linux_memory(Path("/proc/meminfo"), Path("/sys/fs/cgroup/memory.max"))
    if sys.platform == "win32":
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
