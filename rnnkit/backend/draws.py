"""Random draws for the rows of a batch that is divided among devices: the same as on one device, at
the cost of this device's rows alone.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from jax.extend.random import threefry2x32_p

_MOST = 2**32  # the size from which places in a draw no longer fit into one word


@contextlib.contextmanager
def of_rows(axis: str) -> Iterator[None]:
    """Makes keras' dropout, while a step is traced, draw as for the rows of the whole batch, whose
    first dimension is divided among the devices of a mesh.

    Args:
        axis: The axis of the mesh.
    """
    of_jax = jax.random.bernoulli

    def bernoulli(key: Any, p: float = 0.5, shape: Any = None) -> Any:
        rows = shape[0] * jax.lax.axis_size(axis)
        if rows * math.prod(shape[1:]) >= _MOST:
            whole = of_jax(key, p, (rows, *shape[1:]))
            start = jax.lax.axis_index(axis) * shape[0]
            return jax.lax.dynamic_slice_in_dim(whole, start, shape[0])
        return _uniform(key, shape, jax.lax.axis_index(axis)) < np.float32(p)

    jax.random.bernoulli = bernoulli
    try:
        yield
    finally:
        jax.random.bernoulli = of_jax


@contextlib.contextmanager
def of_weights() -> Iterator[None]:
    """Makes keras' dropout, while a step is traced, draw for an array without rows of a batch."""
    drawn = jax.random.bernoulli
    jax.random.bernoulli = _OF_JAX
    try:
        yield
    finally:
        jax.random.bernoulli = drawn


_OF_JAX = jax.random.bernoulli


def _uniform(key: Any, shape: tuple[int, ...], part: Any) -> Any:
    """JAX's uniform numbers for one of the equal parts of an array: each number depends only on the
    key and its place (`jax_threefry_partitionable`).
    """
    size = math.prod(shape)
    places = jnp.arange(size, dtype=jnp.uint32) + (part * size).astype(jnp.uint32)
    first, second = threefry2x32_p.bind(key[0], key[1], jnp.zeros_like(places), places)
    one = np.array(1, np.float32).view(np.uint32)
    floats = jax.lax.bitcast_convert_type(((first ^ second) >> 9) | one, jnp.float32)
    return (floats - 1).reshape(shape)
