"""Sequences of unequal length, padded at their end, in keras operations.

A recurrent layer reads the padding after the text, so it cannot change the states before it, and
whatever reads the states picks the real ones. This needs no mask at every step, and leaves a GPU's
fast kernels usable. `lengths` is (batch,), and at least 1 everywhere.
"""

from __future__ import annotations

from typing import Any


def is_step(x: Any, lengths: Any) -> Any:
    """Which steps of (batch, timesteps, features) are not padding: (batch, timesteps) booleans."""
    return _count(x, axis=1) < lengths[:, None]


def last_step(x: Any, lengths: Any) -> Any:
    """The last real step of each sequence: (batch, timesteps, features) to (batch, features)."""
    return _take(x, lengths[:, None] - 1)[:, 0]


def reverse(x: Any, lengths: Any) -> Any:
    """Each sequence reversed, with its padding left in place."""
    from keras import ops

    steps = _count(x, axis=1)
    return _take(x, ops.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps))


def is_first(x: Any) -> Any:
    """Which steps of (batch, timesteps, features) are the first: (batch, timesteps) booleans."""
    return _count(x, axis=1) < 1


def unflatten(rows: Any, like: Any) -> Any:
    """(batch * timesteps, features) as (batch, timesteps, features), with the first two axes of
    `like`.
    """
    from keras import ops

    timesteps = ops.max(_count(like, axis=1), axis=1, keepdims=True) + 1  # (batch, 1)
    return ops.take(rows, _count(like, axis=0) * timesteps + _count(like, axis=1), axis=0)


def _count(x: Any, axis: int) -> Any:
    """0, 1, 2, ... along an axis, (batch, timesteps), where both sizes of a symbolic `x` may be
    unknown.
    """
    from keras import ops

    return ops.cumsum(ops.cast(ops.ones_like(x[:, :, 0]), "int32"), axis=axis) - 1


def _take(x: Any, steps: Any) -> Any:
    """Selected steps of each sequence: whole rows of the flattened array, which is faster than
    indexing every number.
    """
    from keras import ops

    timesteps = ops.max(_count(x, axis=1), axis=1, keepdims=True) + 1  # (batch, 1)
    row = _count(x, axis=0)[:, :1]  # (batch, 1)
    return ops.take(ops.reshape(x, (-1, x.shape[-1])), row * timesteps + steps, axis=0)
