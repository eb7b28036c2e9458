"""Stretches of one length in a sequence: which are equal, and what they cover."""

from __future__ import annotations

import numpy as np


def keys_of(ids: np.ndarray, length: int) -> np.ndarray:
    """A number for each stretch of so many steps; equal ones have the same.

    Args:
        ids: (steps,) whole numbers from 0 on.
        length: The length of a stretch.
    """
    weights = np.random.default_rng(0).integers(1, 2**62, length, dtype=np.uint64)
    count = len(ids) - length + 1
    keys = np.zeros(count, np.uint64)
    for step, weight in enumerate(weights):
        keys += (ids[step : step + count].astype(np.uint64) + np.uint64(1)) * weight
    return keys


def first_of_each(chosen: np.ndarray) -> np.ndarray:
    """The first steps of neighbouring stretches, each of which begins one step after another.

    Args:
        chosen: Whether each stretch is one of them.
    """
    return np.flatnonzero(chosen & ~np.append(False, chosen[:-1]))


def covered_by(chosen: np.ndarray, length: int) -> np.ndarray:
    """Of each step whether it lies in a stretch.

    Args:
        chosen: Whether each stretch is one of them.
        length: The length of a stretch.
    """
    nearby = np.convolve(chosen.astype(np.int64), np.ones(length, np.int64))
    return np.asarray(nearby > 0)
