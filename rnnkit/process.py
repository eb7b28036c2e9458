"""The process of a command, in which no code of other programs runs."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
from collections.abc import Iterator

_is_own = False
_is_importing = False
_usual = gc.get_threshold()
_waits = False
_has_hung = False


def own() -> None:
    """Sets the process up for a command that starts and ends at once."""
    global _is_own
    _is_own = True
    # A tenth of the start: looking for garbage among what is imported, and for plugins in every
    # package that is installed.
    gc.set_threshold(100_000)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # NumPy's threads wait for their next product awake, for 2**26 cycles by default, and take a
    # core from whatever else runs meanwhile: a third of a millisecond is enough.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")
    # Pictures go to files; a notebook names a backend that may not be installed here.
    os.environ["MPLBACKEND"] = "agg"
    atexit.register(gc.freeze)  # nor is it looked for at the end, which takes as long


def stays() -> None:
    """Sets it up for a command that answers until it is stopped: what its requests leave is looked
    for as Python usually does, and not among what it has begun with.
    """
    if _is_own:
        gc.freeze()
        gc.set_threshold(*_usual)


@contextlib.contextmanager
def lasting() -> Iterator[None]:
    """What is made inside stays until the process ends: in a command's own process no garbage is
    looked for among it, which takes a tenth of importing a framework.
    """
    if not _is_own or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


def is_own() -> bool:
    """Whether this is the process of a command, and not one that called rnnkit."""
    return _is_own


def imports(does: bool) -> None:
    """Says whether a thread imports a framework: others hardly get to run Python meanwhile."""
    global _is_importing
    _is_importing = does


def is_importing() -> bool:
    """Whether a thread imports a framework."""
    return _is_importing


def waits_at_its_end(does: bool) -> None:
    """Says whether a framework would wait for other processes at the end of this one, and abort it
    where they are gone: a command that fails ends without that.
    """
    global _waits
    _waits = does


def would_wait() -> bool:
    """Whether it would."""
    return _waits


def has_hung() -> None:
    """Says that code of others did not return in time: what else it leaves to be done at the end of
    the process may never return either, and a command ends without that.
    """
    global _has_hung
    _has_hung = True


def would_hang() -> bool:
    """Whether it may."""
    return _has_hung
