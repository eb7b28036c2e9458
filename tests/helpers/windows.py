"""A process that is refused what Windows refuses; rnnkit/platform takes it for Windows.

What a file is open for is read from the kernel, so that a rename of what is open fails here as it
fails there.
"""

from __future__ import annotations

import builtins
import ctypes
import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import filelock  # noqa: F401 (before fcntl is hidden: its own lock needs it, as msvcrt there)
import pytest

from rnnkit import signals
from rnnkit.platform import system

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGABRT, signal.SIGSEGV, signal.SIGILL)
ABSENT = {
    os: ("fork", "forkpty", "getuid", "geteuid", "getgid", "killpg", "setsid", "nice", "mkfifo"),
    signal: ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGPIPE", "SIGCHLD", "alarm", "pause"),
}
ABSENT[os] += ("sched_getaffinity", "sysconf", "uname", "statvfs", "fchmod", "chown", "O_NOFOLLOW")
ABSENT[os] += ("O_DIRECTORY", "wait3", "getloadavg")
MODULES = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty")
LONGEST = 259


def refused(path: object) -> PermissionError:
    return PermissionError(errno.EACCES, "The process cannot access the file", str(path))


def open_below(path: Path) -> list[str]:
    """What this process has open at a path or below it."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target == str(path) or target.startswith(f"{path}/"):
            links.append(target)
    return links


@contextmanager
def windows(below: Path) -> Iterator[list[str]]:
    """What Windows refuses is refused at paths below a folder; gives what was refused."""
    heard: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(system, "NAME", "win32")
        kernel32 = SimpleNamespace(GlobalMemoryStatusEx=_memory)
        patch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel32), raising=False)
        for module in MODULES:
            patch.setitem(sys.modules, module, None)
        for owner, names in ABSENT.items():
            for name in names:
                patch.delattr(owner, name, raising=False)
        patch.setattr(shutil, "_use_fd_functions", False)  # of folders, for rmtree
        _files(patch, below, heard)
        _names(patch, below, heard)
        _signals(patch)
        yield heard


def _is_below(path: object, folder: Path) -> bool:
    return isinstance(path, str | os.PathLike) and Path(path).absolute().is_relative_to(folder)


def _files(patch: pytest.MonkeyPatch, below: Path, heard: list[str]) -> None:
    """No folder is opened; nothing that is open is renamed, replaced or removed."""
    real_open = os.open

    def open_(path: Any, *arguments: Any, **options: Any) -> int:
        if _is_below(path, below) and Path(path).is_dir() and options.get("dir_fd") is None:
            heard.append(f"open folder {path}")
            raise refused(path)
        return real_open(path, *arguments, **options)

    patch.setattr(os, "open", open_)
    for name in ("rename", "replace", "unlink", "remove", "rmdir"):
        patch.setattr(os, name, _closed_only(name, getattr(os, name), below, heard))
    real_stat_rename = os.rename

    def rename(source: Any, target: Any, **options: Any) -> None:
        if _is_below(target, below) and os.path.lexists(target):  # Windows never replaces
            raise FileExistsError(errno.EEXIST, "File exists", str(target))
        real_stat_rename(source, target, **options)

    patch.setattr(os, "rename", rename)


def _closed_only(
    name: str, act: Callable[..., None], below: Path, heard: list[str]
) -> Callable[..., None]:
    def checked(*paths: Any, **options: Any) -> None:
        for path in paths:
            if _is_below(path, below) and open_below(Path(path).absolute()):
                heard.append(f"{name} {path}")
                raise refused(path)
        act(*paths, **options)

    return checked


def _names(patch: pytest.MonkeyPatch, below: Path, heard: list[str]) -> None:
    """Reserved names, marks and long paths are refused, and links need a privilege."""
    real_mkdir, real_open = os.mkdir, builtins.open

    def check(path: Any) -> None:
        if not _is_below(path, below):
            return
        name = Path(path).name
        base = name.split(".")[0].strip().lower()
        if base in ("con", "nul", "aux", "prn") or set(name) & set('<>:"|?*') or name[-1:] in ". ":
            heard.append(f"name {path}")
            raise OSError(errno.EINVAL, "The directory name is invalid", str(path))

    def mkdir(path: Any, *arguments: Any, **options: Any) -> None:
        check(path)
        real_mkdir(path, *arguments, **options)

    def open_(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if "r" not in mode:
            check(file)
        return real_open(file, mode, *arguments, **options)

    def symlink(source: Any, target: Any, *arguments: Any, **options: Any) -> None:
        raise OSError(errno.EPERM, "A required privilege is not held", str(target))

    patch.setattr(os, "mkdir", mkdir)
    patch.setattr(builtins, "open", open_)
    patch.setattr(os, "symlink", symlink)


def _signals(patch: pytest.MonkeyPatch) -> None:
    """Few signals have handlers, wakeups go to sockets alone, and a process is killed by one."""
    real_signal, real_wakeup = signal.signal, signal.set_wakeup_fd

    def set_handler(number: int, handler: Any) -> Any:
        if number not in SIGNALS:
            raise ValueError("invalid signal value")
        return real_signal(number, handler)

    def set_wakeup_fd(descriptor: int, **options: Any) -> int:
        if descriptor != -1 and not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            raise OSError(errno.ENOTSOCK, "not a socket")
        return real_wakeup(descriptor, **options)

    patch.setattr(signals, "SIGNALS", (signal.SIGINT, signal.SIGTERM))  # as it is imported there
    patch.setattr(signal, "signal", set_handler)
    patch.setattr(signal, "set_wakeup_fd", set_wakeup_fd)
    patch.setattr(subprocess.Popen, "kill", subprocess.Popen.terminate)


def _memory(status: Any) -> int:
    """8 GiB, as GlobalMemoryStatusEx says it."""
    for index in range(1, 7):
        status._obj[index] = 8 << 30
    return 1
