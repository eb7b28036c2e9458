"""Steps on several devices, of one process or of many: each computes its rows of a batch, and all
update the same weights by the mean of their gradients.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from rnnkit.backend import jax as single
from rnnkit.backend.draws import of_rows
from rnnkit.backend.mesh import AXIS, ROWS, WHOLE, gathered, local, mesh, rows_of, scattered, whole
from rnnkit.backend.steps import Carried, Objective
from rnnkit.backend.tables import Tables


class TrainStep(single.TrainStep):
    """A compiled training step, which takes this process's rows of each batch."""

    def __init__(
        self, model: Any, optimizer: Any, objective: Objective, carried: Carried, tables: Tables
    ):
        self._mesh = mesh()
        super().__init__(model, optimizer, objective, carried, tables)
        self._objective.mean_weight = _mean
        traced = jax.shard_map(
            self._trace,
            mesh=self._mesh,
            in_specs=(WHOLE, WHOLE, WHOLE, ROWS, ROWS, ROWS, ROWS),
            out_specs=(WHOLE, WHOLE, WHOLE, ROWS, WHOLE),
            check_vma=False,
        )
        self._step = jax.jit(traced, donate_argnums=(0, 1, 2, 3))

    @property
    def carried(self) -> Carried:
        return tuple(gathered(one, self._batch_size) for one in self._carried)

    @carried.setter
    def carried(self, states: Carried) -> None:
        self._batch_size = len(states[0]) if states else 0
        self._carried = tuple(scattered(self._mesh, one) for one in states)

    def sync(self) -> None:
        if self._values is not None:
            self._values = jax.tree.map(local, self._values)
        super().sync()

    def _starting(self) -> Any:
        return whole(self._mesh, super()._starting())

    def _placed(self, batch: Any) -> Any:
        return rows_of(self._mesh, batch)

    def _trace(self, *arguments: Any) -> Any:
        with of_rows(AXIS):
            return super()._trace(*arguments)

    def _of_all(self, gradients: Any, others: Any, sums: Any) -> Any:
        dense, read, of_vectors = gradients
        dense, others, sums = _means((dense, others, sums))
        number = jax.lax.axis_size(AXIS)
        read = jax.tree.map(_every, read)
        of_vectors = jax.tree.map(lambda vectors: _every(vectors) / number, of_vectors)
        return (dense, read, of_vectors), others, sums * number


class TestStep(single.TestStep):
    """A compiled scoring step, which takes this process's rows of each batch."""

    def __init__(self, model: Any, objective: Objective, carried: Carried):
        self._mesh = mesh()
        super().__init__(model, objective, carried)
        traced = jax.shard_map(
            self._trace,
            mesh=self._mesh,
            in_specs=(WHOLE, WHOLE, ROWS, ROWS, ROWS, ROWS),
            out_specs=(ROWS, WHOLE),
            check_vma=False,
        )
        self._step = jax.jit(traced)
        self._seen: list[Any] = []  # the values of variables from which `_placed_values` were made
        self._placed_values: Any = None

    @property
    def carried(self) -> Carried:
        return self._carried

    @carried.setter
    def carried(self, states: Carried) -> None:
        self._carried = tuple(scattered(self._mesh, one) for one in states)

    def _placed(self, batch: Any) -> Any:
        return rows_of(self._mesh, batch)

    def _weights(self) -> Any:
        values = super()._weights()
        seen = jax.tree.leaves(values)
        if len(seen) != len(self._seen) or any(map(_differ, seen, self._seen)):
            self._seen, self._placed_values = seen, whole(self._mesh, values)
        return self._placed_values

    def _trace(self, *arguments: Any) -> Any:
        carried, sums = super()._trace(*arguments)
        return carried, jax.lax.psum(sums, AXIS)


def _differ(one: Any, other: Any) -> bool:
    return one is not other


def _mean(weight: Any) -> Any:
    """The mean weight of all devices, so that the mean of their gradients is the whole batch's."""
    return jax.lax.stop_gradient(jax.lax.pmean(weight, AXIS))


def _every(array: Any) -> Any:
    """The rows of all devices together."""
    return jax.lax.all_gather(array, AXIS, tiled=True)


def _means(tree: Any) -> Any:
    """The mean of each array over the devices, in one message; states of random generators, which
    are equal everywhere, stay.
    """
    leaves, form = jax.tree.flatten(tree)
    moved = [index for index, leaf in enumerate(leaves) if jnp.issubdtype(leaf.dtype, jnp.floating)]
    joined = jnp.concatenate([leaves[index].ravel() for index in moved])
    parts = jnp.split(jax.lax.pmean(joined, AXIS), _ends([leaves[index] for index in moved]))
    for index, part in zip(moved, parts, strict=True):
        leaves[index] = part.reshape(leaves[index].shape)
    return jax.tree.unflatten(form, leaves)


def _ends(arrays: Sequence[Any]) -> list[int]:
    return np.cumsum([array.size for array in arrays])[:-1].tolist()
