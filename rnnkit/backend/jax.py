"""Steps that JAX compiles. Variables are arguments and results of a step: between two calls of
`sync` they live outside the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from rnnkit.backend.lookups import Lookups
from rnnkit.backend.steps import (
    Batch,
    Begun,
    Carried,
    Inputs,
    Objective,
    Stacked,
    joined,
    parted,
    with_own,
)
from rnnkit.backend.tables import Rows, Tables


class TrainStep:
    """A compiled training step; see rnnkit.backend.train_step.

    Steps are called one by one. 16 of them in one call, by `lax.scan`, saved 0.1 ms each on a CPU,
    but needed a second compilation of one to three seconds for each width.
    """

    def __init__(
        self, model: Any, optimizer: Any, objective: Objective, carried: Carried, tables: Tables
    ):
        self.carried, self._tables = carried, tables
        self._model, self._optimizer = model, optimizer
        self._objective = Stacked(objective)
        self._values: list[list[Any]] | None = None  # of `_variables`; None if those are current
        self._learning_rate_index = next(
            index
            for index, variable in enumerate(optimizer.variables)
            if variable.path.endswith("learning_rate")
        )
        # Donated: the results use the arguments' memory, so that a table is updated in place.
        self._step = jax.jit(self._trace, donate_argnums=(0, 1, 2, 3))

    @property
    def carried(self) -> Carried:
        return self._carried

    @carried.setter
    def carried(self, states: Carried) -> None:
        self._carried = tuple(states)

    def __call__(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray, learning_rate: float
    ) -> dict[str, float]:
        return self.begin([(inputs, targets, weights)], [learning_rate])()[0]

    def begin(self, batches: Sequence[Batch], learning_rates: Sequence[float]) -> Begun:
        sums_of_steps = []
        for batch, rate in zip(batches, learning_rates, strict=True):
            values = self._values or self._starting()
            values[2][self._learning_rate_index] = np.float32(rate)
            *self._values, self._carried, sums = self._step(
                *values, self._carried, *self._placed(batch)
            )
            sums.copy_to_host_async()
            sums_of_steps.append(sums)
        return lambda: [self._objective.named(sums) for sums in sums_of_steps]

    def sync(self) -> None:
        if self._values is None:
            return
        for group, values in zip(self._variables(), self._values, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)
        self._values = None

    def _starting(self) -> list[list[Any]]:
        """Copies of the variables' current values, for the first step after a `sync`."""
        values: list[list[Any]] = jax.tree.map(jnp.copy, _values(*self._variables()))
        return values

    def _placed(self, batch: Batch) -> Batch:
        """A batch where the step computes."""
        return batch

    def _of_all(self, gradients: Any, others: Any, sums: Any) -> Any:
        """Gradients, other variables and sums of the whole batch, if devices have parts of it."""
        return gradients, others, sums

    def _variables(self) -> tuple[list[Any], list[Any], list[Any]]:
        return (
            self._model.trainable_variables,
            self._model.non_trainable_variables,
            self._optimizer.variables,
        )

    def _trace(self, trainable: Any, others: Any, slots: Any, carried: Any, *batch: Any) -> Any:
        """The traced step. The gradient of a table would have all of its rows; that of the vectors
        looked up in it, which is taken instead, has only those that were read.
        """
        places = [self._tables.place_of(one) for one in self._model.trainable_variables]
        lookups = Lookups(self._tables.layers)

        def loss(moved: Any, shifts: Any, others: Any, carried: Any) -> Any:
            rest = iter(moved)
            values = [
                next(rest) if place is None else value
                for value, place in zip(trainable, places, strict=True)
            ]
            with lookups.watched(shifts) as read:
                mean, further = self._mean_loss(values, others, carried, *batch)
            return mean, (further, read)

        moved = [value for value, place in zip(trainable, places, strict=True) if place is None]
        shifts = lookups.zeros(loss, moved, None, others, carried)
        differentiated = jax.value_and_grad(loss, argnums=(0, 1), has_aux=True)
        (_, ((others, carried, sums), read)), (dense, of_vectors) = differentiated(
            moved, shifts, others, carried
        )
        of_batch, others, sums = self._of_all((dense, read, of_vectors), others, sums)
        dense, read, of_vectors = of_batch
        rest = iter(dense)
        gradients = [
            next(rest)
            if place is None
            else _rows(read[place], of_vectors[place], value.shape, self._tables.summed)
            for value, place in zip(trainable, places, strict=True)
        ]
        trainable, slots = self._optimizer.stateless_apply(slots, gradients, trainable)
        return list(trainable), list(others), list(slots), carried, sums

    def _mean_loss(
        self, trainable: Any, others: Any, carried: Any, inputs: Any, targets: Any, weights: Any
    ) -> Any:
        answer, others, losses = self._model.stateless_call(
            trainable, others, joined(inputs, carried), training=True, return_losses=True
        )
        outputs, carried = parted(answer, carried)
        mean, sums = self._objective(outputs, targets, weights)
        return with_own(mean, losses), (others, carried, sums)


class TestStep:
    """A compiled scoring step; see rnnkit.backend.test_step."""

    def __init__(self, model: Any, objective: Objective, carried: Carried):
        self.carried = carried
        self._model, self._objective = model, Stacked(objective)
        self._step = jax.jit(self._trace)

    @property
    def carried(self) -> Carried:
        return self._carried

    @carried.setter
    def carried(self, states: Carried) -> None:
        self._carried = tuple(states)

    def __call__(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray
    ) -> dict[str, float]:
        return self.begin(inputs, targets, weights)()

    def begin(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray
    ) -> Callable[[], dict[str, float]]:
        batch = self._placed((inputs, targets, weights))
        self._carried, sums = self._step(*self._weights(), self._carried, *batch)
        sums.copy_to_host_async()
        return lambda: self._objective.named(sums)

    def _placed(self, batch: Batch) -> Batch:
        """A batch where the step computes."""
        return batch

    def _weights(self) -> list[list[Any]]:
        return _values(self._model.trainable_variables, self._model.non_trainable_variables)

    def _trace(
        self, trainable: Any, others: Any, carried: Any, inputs: Any, targets: Any, weights: Any
    ) -> Any:
        answer, _ = self._model.stateless_call(
            trainable, others, joined(inputs, carried), training=False
        )
        outputs, carried = parted(answer, carried)
        return carried, self._objective(outputs, targets, weights)[1]


def _values(*groups: list[Any]) -> list[list[Any]]:
    return [[variable.value for variable in group] for group in groups]


def _rows(ids: Sequence[Any], vectors: Sequence[Any], shape: tuple[int, int], summed: bool) -> Rows:
    """The gradient of a table from that of the vectors that were looked up.

    If each row must occur once, the first of its vectors gets the sum, and the others the index
    past the end, which stands for no row.
    """
    rows = jnp.concatenate([call.ravel() for call in ids])
    values = jnp.concatenate([call.reshape(-1, shape[1]) for call in vectors])
    if not summed:
        return Rows(rows, values)
    numbers = jnp.arange(len(rows), dtype=jnp.int32)
    first = jnp.full(shape[0], len(rows), jnp.int32).at[rows].min(numbers)[rows]
    sums = jnp.zeros_like(values).at[first].add(values)
    return Rows(jnp.where(first == numbers, rows, shape[0]), sums)
