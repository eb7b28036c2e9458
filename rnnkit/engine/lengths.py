"""Sequences of unequal length, padded at their end, in NumPy.

Arrays are (batch, timesteps, features); lengths are (batch,), and at least 1.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architecture import Architecture

Array = np.ndarray


def last_step(x: Array, lengths: Array) -> Array:
    """The last real step of each sequence: (batch, timesteps, features) to (batch, features)."""
    return x[np.arange(len(x)), lengths - 1]


def reverse(x: Array, lengths: Array) -> Array:
    """Each sequence reversed, with its padding left in place."""
    steps = np.arange(x.shape[1])[None, :]
    source = np.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
    return np.take_along_axis(x, source[..., None], axis=1)


def lengths_of(inputs: Array, architecture: Architecture) -> Array:
    """The number of steps of each sequence that are not padding; an empty one counts as one step.

    Args:
        inputs: (batch, timesteps, ...).
        architecture: Says whether and how they are padded.
    """
    if not architecture.padded:
        return np.full(len(inputs), inputs.shape[1])
    is_step = ~architecture.input_spec.is_padding(np, inputs)
    return np.maximum(np.count_nonzero(is_step, axis=1), 1)


def is_step(timesteps: int, lengths: Array) -> Array:
    """Which steps are not padding, (batch, timesteps) booleans."""
    return np.asarray(np.arange(timesteps) < lengths[:, None])
