"""Stretches of a fixed length in a sequence: keys for comparison, and the steps they cover."""

from __future__ import annotations

import numpy as np


def stretch_keys(ids: np.ndarray, length: int) -> np.ndarray:
    """A hash of the stretch from each step on, (stretches,) uint64.

    Args:
        ids: Whole numbers from 0 on, (steps,).
        length: The steps of a stretch.
    """
    weights = np.random.default_rng(0).integers(1, 2**62, length, dtype=np.uint64)
    count = len(ids) - length + 1
    keys = np.zeros(count, np.uint64)
    for step, weight in enumerate(weights):
        keys += (ids[step : step + count].astype(np.uint64) + np.uint64(1)) * weight
    return keys


def run_starts(chosen: np.ndarray) -> np.ndarray:
    """The first step of each run of overlapping stretches.

    Args:
        chosen: Whether a stretch begins at each step, (stretches,).
    """
    return np.flatnonzero(chosen & ~np.append(False, chosen[:-1]))


def covered_steps(chosen: np.ndarray, length: int) -> np.ndarray:
    """Whether each step lies in a stretch, (steps,).

    Args:
        chosen: Whether a stretch begins at each step, (stretches,).
        length: The steps of a stretch.
    """
    nearby = np.convolve(chosen.astype(np.int64), np.ones(length, np.int64))
    return np.asarray(nearby > 0)
