"""The memory that a backend needs, and how the process keeps it."""

from __future__ import annotations

import ctypes
import os

from rnnkit.environment import is_installed
from rnnkit.errors import RnnkitError
from rnnkit.platform import system
from rnnkit.platform.memory import limits, machine_memory

ARENA_MAX, MMAP_MAX, TRIM_THRESHOLD, TOP_PAD = -8, -4, -1, -2  # of malloc.h


NEEDED = {
    "tensorflow": {"ulimit -v": 1_460_000_000, "ulimit -d": 290_000_000},
    "jax": {"ulimit -v": 745_000_000, "ulimit -d": 460_000_000},
}
"""The bytes of each limit that importing a backend needs, and a little for a first step, on two
processors; most of the address space is never resident. With less, the import fails anywhere, and
not always by an error that can be caught.
"""
RESIDENT = {"tensorflow": 232_000_000, "jax": 190_000_000}
"""The resident bytes, file mappings aside. With less, the system kills the process."""


def require_room(backend: str) -> None:
    """Checks that a backend can be imported within the limits of this process and its container.

    Raises:
        RnnkitError: If it cannot.
    """
    all_limits = [*limits()]
    for limit in all_limits:
        if limit.room >= (needed := NEEDED[backend][limit.name]):
            continue
        got = f"this process may take {_megabytes(limit.room)} more, by {limit.name}"
        expected = f"Expected at least {_megabytes(needed)}, which importing {backend} takes"
        hint = f"Raise the limit, with {limit.name} unlimited"
        if limit.is_hard:
            hint = f"Start it in a new shell: once {limit.name} is set, a shell cannot raise it"
        for other, takes in NEEDED.items():
            fits = all(one.room >= takes[one.name] for one in all_limits)
            if fits and is_installed(other):
                hint += f", or take --backend {other}, which needs less"
        raise RnnkitError("memory", got, expected, hint)
    machine, needed = machine_memory(), RESIDENT[backend]
    if machine and machine.total < needed:
        got = f"this process may have {_megabytes(machine.total)} in all"
        expected = f"Expected at least {_megabytes(needed)}, which importing {backend} takes"
        raise RnnkitError("memory", got, expected, "Give its container or job more")


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def keep_memory() -> None:
    """Makes malloc keep freed memory for the next step, if the C library is GNU's.

    XLA and TensorFlow allocate and free the temporaries of every step. If they are returned to the
    system, each page of 4 KB costs a page fault on its next use: half the time of an LSTM's step on
    JAX, a third of the system time of `train imdb_lstm` on TensorFlow. Nothing is done if the user
    has set malloc's own variables.
    """
    if not system.is_linux() or any(name.startswith("MALLOC_") for name in os.environ):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for parameter, value in (
        (ARENA_MAX, 1),
        (MMAP_MAX, 0),
        (TRIM_THRESHOLD, 2**31 - 1),
        (TOP_PAD, 64 << 20),
    ):
        mallopt(parameter, value)
