"""How the process asks the system for memory."""

from __future__ import annotations

import ctypes
import os

from rnnkit.platform import system

ARENA_MAX, MMAP_MAX, TRIM_THRESHOLD, TOP_PAD = -8, -4, -1, -2  # of malloc.h


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
