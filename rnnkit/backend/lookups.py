"""The vectors that embeddings return while JAX traces a model, so that gradients can be taken with
respect to them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import jax
from jax import numpy as jnp

Shifts = list[list[Any]]
"""For each call of each embedding: zeros that are added to its vectors. Their gradient is that of
the vectors."""
Read = list[list[Any]]
"""The ids of each call of each embedding."""


class Lookups:
    """Records the calls of embeddings.

    Args:
        layers: keras' embeddings, called by keras models only.
    """

    def __init__(self, layers: Sequence[Any]):
        self._layers = layers

    @contextlib.contextmanager
    def watched(self, shifts: Shifts | None) -> Iterator[Read]:
        """Adds shifts to the vectors looked up while tracing, and records the ids."""
        read: Read = [[] for _ in self._layers]
        for place, layer in enumerate(self._layers):
            layer_shifts = shifts[place] if shifts is not None else None
            layer.call = partial(_call, layer.call, read[place], layer_shifts)
        try:
            yield read
        finally:
            for layer in self._layers:
                del layer.call

    def zeros(self, loss: Callable[..., Any], *arguments: Any) -> Shifts:
        """The zeros to shift by: `loss` returns (mean, (..., ids)), which gives their shapes."""
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
