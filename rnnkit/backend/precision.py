"""What layers compute in where a training asks for bfloat16: keras' mixed policy, by which weights,
and so gradients and the optimizer, stay float32.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from rnnkit.backend.device import float_type


@contextlib.contextmanager
def computing_in(precision: str) -> Iterator[None]:
    """Builds the layers that are built meanwhile, by this thread, for a precision.

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
    """The argument of a keras layer that computes in what its weights are of, whatever the
    precision: one that a float32 kernel computes, or that only reads rows of a table.
    """
    return {"dtype": float_type()}


def products() -> str | None:
    """What a layer that is built `full` takes products in all the same; None for its own."""
    import keras

    kind: str = keras.config.dtype_policy().compute_dtype
    return None if kind == float_type() else kind


def summed(array: Any) -> Any:
    """An array of floats as sums and carried states are: of full precision."""
    from keras import ops

    return ops.cast(array, float_type())
