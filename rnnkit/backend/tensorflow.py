"""Steps that TensorFlow compiles."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from rnnkit.backend.device import gpus
from rnnkit.backend.host import allowed
from rnnkit.backend.rows import read_rows, summed_rows
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
from rnnkit.backend.tables import Rows, Tables, embeddings_of

# One graph for each shape of a batch is meant; tensorflow takes it for a mistake.
logging.getLogger("tensorflow").addFilter(lambda record: "retracing" not in str(record.msg))


def value(variable: Any) -> np.ndarray:
    """See rnnkit.backend.value."""
    own = variable.value
    return np.asarray(tf.raw_ops.ReadVariableOp(resource=own.handle, dtype=own.dtype))


class TrainStep:
    """One compiled step of training: see rnnkit.backend.train_step."""

    def __init__(
        self,
        model: Any,
        optimizer: Any,
        objective: Objective,
        carried: Carried,
        tables: Tables,
        *,
        kernels: bool,
    ):
        self.carried, self._tables = carried, tables
        self._model, self._optimizer, self._kernels = model, optimizer, kernels
        self._objective = Stacked(objective)
        self._rate = optimizer.learning_rate
        # Autograph would read this file again, whatever has become of it since; batches of unequal
        # length share one graph.
        self._step = tf.function(self._trace, autograph=False, reduce_retracing=True)
        self._loop = tf.function(self._trace_loop, autograph=False, reduce_retracing=True)
        self._is_traced = False
        self._is_on_gpu = bool(gpus())  # the loop is measured on processors alone

    def __call__(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray, learning_rate: float
    ) -> dict[str, float]:
        return self.begin([(inputs, targets, weights)], [learning_rate])()[0]

    def begin(self, batches: Sequence[Batch], learning_rates: Sequence[float]) -> Begun:
        if self._is_on_gpu:
            every = [self._alone(*pair) for pair in zip(batches, learning_rates, strict=True)]
            return lambda: [self._objective.named(sums) for sums in every]
        stacks = tf.nest.map_structure(lambda *arrays: np.stack(arrays), *batches)
        arguments = (tuple(self.carried), np.array(learning_rates, np.float32), *stacks)
        if not self._is_traced:  # one graph for any number of steps
            self._loop.get_concrete_function(arguments[0], *map(_any_number, arguments[1:]))
            self._is_traced = True
        self.carried, sums = self._loop(*arguments)
        return lambda: [self._objective.named(row) for row in sums.numpy()]

    def _alone(self, batch: Batch, learning_rate: float) -> Any:
        self._rate.assign(learning_rate)
        self.carried, sums = self._step(tuple(self.carried), *batch)
        return sums

    def sync(self) -> None:
        pass  # the variables are up to date

    def _trace_loop(self, carried: Any, rates: Any, *stacks: Any) -> Any:
        """The steps one after the other. A single one is a loop of one, so that its numbers are
        the same to the last bit however steps are put into calls.
        """

        def step(number: Any, carried: Any, every: Any) -> Any:
            self._rate.assign(rates[number])
            batch = tf.nest.map_structure(lambda stack: stack[number], stacks)
            after, sums = self._trace(carried, *batch)
            after = map(tf.ensure_shape, after, [state.shape for state in carried])
            return number + 1, tuple(after), every.write(number, sums)

        steps = tf.size(rates)
        _, carried, every = tf.while_loop(
            lambda number, *_: number < steps,
            step,
            (0, carried, tf.TensorArray(tf.float32, steps)),
            parallel_iterations=1,  # the next step reads what this one writes
        )
        return carried, every.stack()

    def _trace(self, carried: Any, inputs: Any, targets: Any, weights: Any) -> Any:
        with allowed(self._kernels):
            return self._trace_allowed(carried, inputs, targets, weights)

    def _trace_allowed(self, carried: Any, inputs: Any, targets: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape, _reading_rows(self._tables.layers):
            answer = self._model(joined(inputs, carried), training=True)
            outputs, carried = parted(answer, carried)
            mean, sums = self._objective(outputs, targets, weights)
            loss = with_own(mean, self._model.losses)
        variables = self._model.trainable_variables
        gradients = tape.gradient(loss, variables)
        self._optimizer.apply(list(map(self._gradient, gradients, variables)), variables)
        return carried, sums

    def _gradient(self, gradient: Any, variable: Any) -> Any:
        """As the optimizer takes it."""
        if self._tables.place_of(variable) is None or not isinstance(gradient, tf.IndexedSlices):
            return summed_rows(gradient)
        return (
            read_rows(gradient) if self._tables.summed else Rows(gradient.indices, gradient.values)
        )


@contextlib.contextmanager
def _reading_rows(tables: Sequence[Any]) -> Iterator[None]:
    """Embeddings that read their rows from the variable itself: keras asks for all of its value,
    which TensorFlow copies once rows of it have been changed.
    """
    for layer in tables:
        layer.call = partial(_rows_of, layer)
    try:
        yield
    finally:
        for layer in tables:
            del layer.call


def _rows_of(layer: Any, ids: Any) -> Any:
    return tf.gather(layer.embeddings.value, tf.cast(ids, tf.int32))


def _any_number(stacks: Any) -> Any:
    """What stands for arrays, stacked for any number of steps, where a function is traced."""
    return tf.nest.map_structure(
        lambda stack: tf.TensorSpec([None, *stack.shape[1:]], stack.dtype), stacks
    )


class TestStep:
    """One compiled step of scoring: see rnnkit.backend.test_step."""

    def __init__(self, model: Any, objective: Objective, carried: Carried, *, kernels: bool):
        self.carried = carried
        self._model, self._objective, self._kernels = model, Stacked(objective), kernels
        self._embeddings = list(embeddings_of(model))
        self._step = tf.function(self._trace, autograph=False, reduce_retracing=True)

    def __call__(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray
    ) -> dict[str, float]:
        return self.begin(inputs, targets, weights)()

    def begin(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray
    ) -> Callable[[], dict[str, float]]:
        self.carried, sums = self._step(tuple(self.carried), inputs, targets, weights)
        return lambda: self._objective.named(sums)

    def _trace(self, carried: Any, inputs: Any, targets: Any, weights: Any) -> Any:
        with _reading_rows(self._embeddings):
            answer = self._model(joined(inputs, carried), training=False)
        outputs, carried = parted(answer, carried)
        with allowed(self._kernels):
            return carried, self._objective(outputs, targets, weights)[1]
