"""How this process runs: as a command of rnnkit, which may tune the interpreter for itself, or as a
guest of the program that imported rnnkit, which it must leave alone.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
from collections.abc import Iterator

_is_command = False
_is_importing = False
_default_threshold = gc.get_threshold()
_waits_at_exit = False
_has_hung = False


def set_up_command() -> None:
    """Tunes the interpreter for a command, which starts, answers and exits."""
    global _is_command
    _is_command = True
    # Collecting garbage among freshly imported modules, and searching every installed package for
    # plugins, would take a tenth of the startup time.
    gc.set_threshold(100_000)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Between two products OpenBLAS's threads spin, by default for 2**26 cycles, and keep a core
    # from everything else: 2**20 cycles, a third of a millisecond, are enough.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")
    # Pictures go to files, and the backend that a notebook sets may not be installed here.
    os.environ["MPLBACKEND"] = "agg"
    atexit.register(gc.freeze)  # a last collection at exit would take as long again


def set_up_server() -> None:
    """Restores garbage collection for a command that serves until it is stopped; what exists by now
    is exempt from it.
    """
    if _is_command:
        gc.freeze()
        gc.set_threshold(*_default_threshold)


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Exempts objects created inside from garbage collection, where this is a command: collecting
    among them would add a tenth to the import of a framework.
    """
    if not _is_command or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


def is_command() -> bool:
    """Whether this is the process of a command, not of a program that imported rnnkit."""
    return _is_command


def set_importing(value: bool) -> None:
    """Records whether a thread is importing a framework, which starves all others of the GIL."""
    global _is_importing
    _is_importing = value


def is_importing() -> bool:
    """Whether a thread is importing a framework."""
    return _is_importing


def set_waits_at_exit(value: bool) -> None:
    """Records whether the framework, at exit, would wait for the other processes of a training and
    abort if they are gone: a failed command skips its exit handlers then.
    """
    global _waits_at_exit
    _waits_at_exit = value


def waits_at_exit() -> bool:
    """Whether the framework would wait for other processes at exit."""
    return _waits_at_exit


def set_hung() -> None:
    """Records that a third-party call timed out: its exit handlers may hang as well, so the command
    skips them.
    """
    global _has_hung
    _has_hung = True


def may_hang_at_exit() -> bool:
    """Whether exit handlers of a third party may hang."""
    return _has_hung
