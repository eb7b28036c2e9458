"""Measures the limits of this machine: its matrix products and its memory bandwidth."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

SIZE = 2048
BYTES = 256 << 20


def matrix_product() -> float:
    """Multiplications and additions per second of a large float32 matrix product by NumPy."""
    generator = np.random.default_rng(0)
    a, b = (generator.random((SIZE, SIZE), np.float32) for _ in range(2))
    return 2 * SIZE**3 / _fastest(lambda: a @ b)


def memory_bandwidth() -> float:
    """Bytes per second at which a large array is read."""
    array = np.ones(BYTES // 8, np.int64)
    return BYTES / _fastest(lambda: array.max())


def _fastest(work: Callable[[], object], rounds: int = 5) -> float:
    """The seconds of the fastest call."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
