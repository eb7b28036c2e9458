"""Sequences of unequal length, filled up at their end, in keras operations.

A recurrent layer reads the padding only after the text, so that the states before it are as if it were not there; what
reads all states takes the real ones. That costs no mask at every step, and the fast kernels of a GPU stay usable.
"""

from __future__ import annotations

from typing import Any


def is_step(x: Any, lengths: Any) -> Any:
    """Which of the steps of (batch, timesteps, features) are no padding: (batch, timesteps, 1), 1.0 or 0.0."""
    from keras import ops

    return ops.cast(ops.arange(ops.shape(x)[1])[None, :, None] < lengths[:, None, None], x.dtype)


def last_step(x: Any, lengths: Any) -> Any:
    """The last real step of each sequence: (batch, timesteps, features) to (batch, features)."""
    from keras import ops

    return ops.take_along_axis(x, ops.maximum(lengths - 1, 0)[:, None, None], axis=1)[:, 0]


def reverse(x: Any, lengths: Any) -> Any:
    """Each sequence back to front, its padding left where it is."""
    from keras import ops

    steps = ops.arange(ops.shape(x)[1])[None, :]  # (1, timesteps)
    order = ops.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
    return ops.take_along_axis(x, order[:, :, None], axis=1)
