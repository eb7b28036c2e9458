"""No call outside rnnkit/platform that only some systems have."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import pytest

from tests.helpers.sources import sources

MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "posix"}
MODULES |= {"msvcrt", "winreg", "_winapi", "nt", "winsound", "filelock", "multiprocessing"}
CALLS = {
    *("os.fork", "os.forkpty", "os.register_at_fork", "os.getuid", "os.geteuid", "os.getgid"),
    *("os.kill", "os.killpg"),
    *("os.setsid", "os.getpgid", "os.setpgid", "os.getpgrp", "os.nice", "os.getpriority"),
    *("os.setpriority", "os.sched_getaffinity", "os.sched_setaffinity", "os.sysconf", "os.uname"),
    *("os.open", "os.fsync", "os.fdatasync", "os.sync", "os.replace", "os.rename", "os.renames"),
    *("os.mkfifo", "os.mknod", "os.chown", "os.lchown", "os.fchmod", "os.chmod", "os.umask"),
    *("os.symlink", "os.link", "os.readlink", "os.statvfs", "os.pread", "os.pwrite", "os.wait"),
    *("os.waitpid", "os.set_blocking", "os.startfile", "os.O_NOFOLLOW", "os.O_DIRECTORY"),
    *("os.getloadavg", "os.posix_fadvise", "os.sendfile", "os.memfd_create", "os.pidfd_open"),
    *("signal.SIGHUP", "signal.SIGKILL", "signal.SIGUSR1", "signal.SIGUSR2", "signal.SIGALRM"),
    *("signal.SIGQUIT", "signal.SIGPIPE", "signal.SIGCHLD", "signal.SIGSTOP", "signal.SIGCONT"),
    *("signal.SIGTSTP", "signal.SIGBREAK", "signal.CTRL_C_EVENT", "signal.alarm", "signal.pause"),
    *("signal.setitimer", "signal.pthread_sigmask", "signal.pthread_kill", "signal.sigwait"),
    *("signal.sigpending", "signal.siginterrupt", "time.tzset", "socket.AF_UNIX"),
    *("shlex.quote", "shlex.split", "shlex.join", "subprocess.list2cmdline"),
    *("asyncio.add_signal_handler", "ctypes.windll", "ctypes.WinDLL"),
}
LOCKING = {"rename", "replace", "symlink_to", "hardlink_to", "chmod", "lchmod", "owner", "group"}
"""Methods of paths; `replace` of one argument is that of a path, of two that of a text."""
FOLDERS = ("/proc", "/dev/", "/dev", "/tmp", "/sys/", "/etc/", "/var/", "/usr/", "/home/", "C:\\")

ALLOWED = {
    "cli/completion.py": ("shlex.quote",),  # a script of bash
    "data/read/sentence_ends.py": ("shlex.quote",),  # a program of awk
    "export/card.py": ("shlex.quote",),  # a page for every system
    "storage/reading.py": ("os.open", "/dev/stdin"),  # files only, by flags that are there
}


def names_of(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """What the names that are imported mean: `getpid` of os.getpid."""
    meant = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            meant |= {alias.asname or alias.name: alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            meant |= {
                alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names
            }
    return meant


def not_portable(tree: ast.Module) -> list[str]:
    """What in a source only some systems have, each with its line."""
    nodes, mistakes = list(ast.walk(tree)), list[str]()
    meant = names_of(nodes)
    described = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
    for node in nodes:
        said = ""
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [alias.name for alias in node.names]
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else modules
            said = next((name for name in modules if name.split(".")[0] in MODULES), "")
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{meant.get(node.value.id, node.value.id)}.{node.attr}"
            said = name if name in CALLS else ""
        elif isinstance(node, ast.Name):
            said = meant.get(node.id, "") if meant.get(node.id) in CALLS else ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_path = node.value.startswith(FOLDERS) and id(node) not in described
            said = node.value if is_path else ""
        if isinstance(node, ast.Call):
            said = _of_a_path(node) or _preparing(node)
        if said:
            mistakes.append(f"{getattr(node, 'lineno', 0)}: {said}")
    return mistakes


def _of_a_path(call: ast.Call) -> str:
    """A method of a path that Windows refuses for what is open."""
    function = call.func
    if not (isinstance(function, ast.Attribute) and function.attr in LOCKING):
        return ""
    holder = function.value
    names = {node.id for node in ast.walk(holder) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(holder) if isinstance(node, ast.Attribute)}
    is_path = any(word in name for name in names for word in ("path", "folder", "file", "Path"))
    return f".{function.attr}()" if is_path and len(call.args) == 1 else ""


def _preparing(call: ast.Call) -> str:
    """What runs in a child between fork and exec."""
    return next(
        (word.arg for word in call.keywords if word.arg in ("preexec_fn", "start_new_session")), ""
    )


def test_only_platform_has_what_systems_differ_in() -> None:
    mistakes = [
        f"{path}:{mistake}"
        for path, tree in sources().items()
        if path.parts[0] != "platform"
        for mistake in not_portable(tree)
        if not mistake.partition(": ")[2].startswith(ALLOWED.get(path.as_posix(), ()))
    ]
    assert mistakes == []


@pytest.mark.parametrize(
    "source",
    [
        "import fcntl",
        "from fcntl import flock",
        "def f():\n    import resource",
        "import os\nos.fork()",
        "import os as o\no.getuid()",
        "from os import kill\nkill(1, 9)",
        "from os import replace as swap\nswap(a, b)",
        "import signal\nsignal.signal(signal.SIGHUP, f)",
        "from signal import SIGKILL\nuse(SIGKILL)",
        "open('/proc/self/status')",
        "path = '/tmp/' + name",
        "f'/dev/{name}'",
        "path.rename(other)",
        "Path(name).replace(other)",
        "folder.chmod(0o600)",
        "subprocess.Popen(a, preexec_fn=f)",
        "import multiprocessing.pool",
    ],
)
def test_not_portable_finds(source: str) -> None:
    assert not_portable(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.getpid()",
        "'a-b'.replace('-', '_')",
        "text.replace(a, b)",
        "table.rename(TIME)",
        "import signal\ngetattr(signal, 'SIGHUP', None)",
        '"""Reads /proc."""',
        "path.unlink()",
    ],
)
def test_not_portable_lets_pass(source: str) -> None:
    assert not not_portable(ast.parse(source))


def test_platform_is_the_only_room_that_asks_for_the_system() -> None:
    asking = [
        str(path)
        for path, tree in sources().items()
        if path.parts[0] not in ("platform", "kernels")  # a library's suffix
        and {"sys.platform", "os.name"} & _asked(tree)
    ]
    assert asking == []


def _asked(tree: ast.Module) -> set[str]:
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
