"""Sequences of unequal length, padded at their end, in NumPy.

Arrays are (batch, timesteps, features); lengths are (batch,), and at least 1.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def last_step(x: Array, lengths: Array) -> Array:
    """The last real step of each sequence: (batch, timesteps, features) to (batch, features)."""
    return x[np.arange(len(x)), lengths - 1]


def reverse(x: Array, lengths: Array) -> Array:
    """Each sequence reversed, its padding left in place."""
    steps = np.arange(x.shape[1])[None, :]
    source = np.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
    return np.take_along_axis(x, source[..., None], axis=1)
