"""What this machine can do at most: multiply large matrices, and move memory."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

SIZE = 2048
BYTES = 256 << 20


def matrix_product() -> float:
    """Multiplications and additions a second of a large float32 matrix product, NumPy's on all
    processors.
    """
    draw = np.random.default_rng(0)
    a, b = (draw.random((SIZE, SIZE), np.float32) for _ in range(2))
    return 2 * SIZE**3 / _fastest(lambda: a @ b)


def memory_bandwidth() -> float:
    """Bytes a second that a large array is read by."""
    array = np.ones(BYTES // 8, np.int64)
    return BYTES / _fastest(lambda: array.max())


def _fastest(work: Callable[[], object], rounds: int = 5) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
