"""Sequences of unequal length, padded at their end, in keras operations.

A recurrent layer reads the padding only after the text, so that the states before it are as if it
did not exist; what reads all states takes the real ones. That costs no mask at every step, and the
fast kernels of a GPU stay usable. `lengths` is (batch,) and at least 1 everywhere.
"""

from __future__ import annotations

from typing import Any


def is_step(x: Any, lengths: Any) -> Any:
    """Which of the steps of (batch, timesteps, features) are not padding: (batch, timesteps)
    booleans.
    """
    return _count(x, axis=1) < lengths[:, None]


def last_step(x: Any, lengths: Any) -> Any:
    """The last real step of each sequence: (batch, timesteps, features) to (batch, features)."""
    return _take(x, lengths[:, None] - 1)[:, 0]


def reverse(x: Any, lengths: Any) -> Any:
    """Each sequence reversed, its padding left in place."""
    from keras import ops

    steps = _count(x, axis=1)
    return _take(x, ops.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps))


def is_first(x: Any) -> Any:
    """Which of the steps of (batch, timesteps, features) come first: (batch, timesteps)
    booleans."""
    return _count(x, axis=1) < 1


def unflatten(rows: Any, like: Any) -> Any:
    """(batch * timesteps, features) to (batch, timesteps, features), as many as `like` (batch,
    timesteps, ...) has.
    """
    from keras import ops

    timesteps = ops.max(_count(like, axis=1), axis=1, keepdims=True) + 1  # (batch, 1)
    return ops.take(rows, _count(like, axis=0) * timesteps + _count(like, axis=1), axis=0)


def _count(x: Any, axis: int) -> Any:
    """0, 1, 2 and so on along an axis of (batch, timesteps), which a symbolic `x` may both leave
    open.
    """
    from keras import ops

    return ops.cumsum(ops.cast(ops.ones_like(x[:, :, 0]), "int32"), axis=axis) - 1


def _take(x: Any, steps: Any) -> Any:
    """The named steps of each sequence: whole rows of the flattened array, which is faster than an
    index for every number.
    """
    from keras import ops

    timesteps = ops.max(_count(x, axis=1), axis=1, keepdims=True) + 1  # (batch, 1)
    row = _count(x, axis=0)[:, :1]  # (batch, 1)
    return ops.take(ops.reshape(x, (-1, x.shape[-1])), row * timesteps + steps, axis=0)
