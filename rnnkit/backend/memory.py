"""How the process asks the system for memory."""

from __future__ import annotations

import ctypes
import os

from rnnkit.errors import RnnkitError
from rnnkit.platform import system
from rnnkit.platform.memory import address_space

ARENA_MAX, MMAP_MAX, TRIM_THRESHOLD, TOP_PAD = -8, -4, -1, -2  # of malloc.h


IMPORTED = {"tensorflow": 1_460_000_000, "jax": 745_000_000}
"""Bytes of addresses that importing it maps, most of which is never in memory, and a little for a
first step. With fewer it fails anywhere, some of it where no error can be caught.
"""


def require_room(backend: str) -> None:
    """A backend can be imported within the limit that this process was started with.

    Raises:
        RnnkitError: If it cannot.
    """
    room, needed = address_space(), IMPORTED[backend]
    if room is None or room >= needed:
        return
    got = f"this process may map {_gigabytes(room)} more, by ulimit -v"
    expected = f"Expected at least {_gigabytes(needed)}, which importing {backend} takes"
    hint = "Raise the limit, with ulimit -v unlimited"
    if room >= IMPORTED["jax"]:
        hint += ", or take --backend jax, which needs less"
    raise RnnkitError("memory", got, expected, hint)


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def keep_memory() -> None:
    """Keeps freed memory for the next step, where the C library is GNU's.

    XLA and TensorFlow allocate and free the temporaries of every step; handed back to the system,
    each 4 KB of them costs a page fault when it is next used: half of an LSTM's step on JAX, a
    third of the system's time of `train imdb_lstm` on TensorFlow. Nothing is done where the user
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
