"""What embeddings give while JAX traces a model, so that gradients of these vectors can be asked
for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import jax
from jax import numpy as jnp

Shifts = list[list[Any]]
"""Of each embedding, of each of its calls: zeros that are added to its vectors. The gradient of
these is that of the vectors."""
Read = list[list[Any]]
"""Of each embedding, of each of its calls: the ids."""


class Lookups:
    """The calls of embeddings.

    Args:
        layers: keras' embeddings, called by keras models alone.
    """

    def __init__(self, layers: Sequence[Any]):
        self._layers = layers

    @contextlib.contextmanager
    def watched(self, shifts: Shifts | None) -> Iterator[Read]:
        """Adds shifts to the vectors of what is traced meanwhile, and gives the ids."""
        read: Read = [[] for _ in self._layers]
        for place, layer in enumerate(self._layers):
            own = shifts[place] if shifts is not None else None
            layer.call = partial(_call, layer.call, read[place], own)
        try:
            yield read
        finally:
            for layer in self._layers:
                del layer.call

    def zeros(self, loss: Callable[..., Any], *arguments: Any) -> Shifts:
        """The shifts of a loss, whose further results end with what was read."""
        if not self._layers:
            return []
        _, (_, read) = jax.eval_shape(loss, *arguments)
        return [
            [jnp.zeros((*ids.shape, layer.output_dim), jnp.float32) for ids in calls]
            for layer, calls in zip(self._layers, read, strict=True)
        ]


def _call(of_keras: Any, read: list[Any], shifts: list[Any] | None, inputs: Any) -> Any:
    vectors = of_keras(inputs)
    if shifts is not None:
        vectors += shifts[len(read)]
    read.append(jnp.asarray(inputs).astype("int32"))
    return vectors
