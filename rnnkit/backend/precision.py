"""Mixed precision: with bfloat16, layers compute by keras' mixed policy, while weights, and so
gradients and the optimizer, stay float32.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from rnnkit.backend.device import float_type


@contextlib.contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Sets the precision of layers that this thread builds inside.

    Args:
        precision: float32 or bfloat16.
    """
    import keras

    before = keras.config.dtype_policy()
    if precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def full() -> dict[str, Any]:
    """The argument that makes a keras layer compute in the type of its weights, whatever the
    precision: for layers that a float32 kernel computes, or that only read rows of a table.
    """
    return {"dtype": float_type()}


def products() -> str | None:
    """The type of products in a layer that is otherwise `full`; None for that of its weights."""
    import keras

    kind: str = keras.config.dtype_policy().compute_dtype
    return None if kind == float_type() else kind


def summed(array: Any) -> Any:
    """An array of floats in full precision, in which sums and carried states are kept."""
    from keras import ops

    return ops.cast(array, float_type())
