"""The process of a command, in which no code of other programs runs."""

from __future__ import annotations

import atexit
import gc
import os

_is_own = False
_usual = gc.get_threshold()


def own() -> None:
    """Sets the process up for a command that starts and ends at once."""
    global _is_own
    _is_own = True
    # A tenth of the start: looking for garbage among what is imported, and for plugins in every
    # package that is installed.
    gc.set_threshold(50_000)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
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


def is_own() -> bool:
    """Whether this is the process of a command, and not one that called rnnkit."""
    return _is_own
