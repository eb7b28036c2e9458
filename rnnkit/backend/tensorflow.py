"""Steps that TensorFlow compiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from rnnkit.backend.host import allowed
from rnnkit.backend.rows import summed_rows, takes_rows
from rnnkit.backend.steps import Carried, Inputs, Objective, Stacked, joined, parted
from rnnkit.backend.updates import fuse


class TrainStep:
    """One compiled step of training: see rnnkit.backend.train_step."""

    def __init__(
        self, model: Any, optimizer: Any, objective: Objective, carried: Carried, *, kernels: bool
    ):
        self.carried = carried
        self._model, self._optimizer, self._kernels = model, optimizer, kernels
        self._objective = Stacked(objective)
        self._takes_rows = takes_rows(optimizer)
        if kernels:
            fuse(optimizer)
        self._learning_rate: float | None = None
        # Autograph would read this file again, whatever has become of it since; batches of unequal
        # length share one graph.
        self._step = tf.function(self._trace, autograph=False, reduce_retracing=True)

    def __call__(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray, learning_rate: float
    ) -> dict[str, float]:
        if learning_rate != self._learning_rate:
            self._optimizer.learning_rate = self._learning_rate = learning_rate
        self.carried, sums = self._step(tuple(self.carried), inputs, targets, weights)
        return self._objective.named(sums)

    def sync(self) -> None:
        self._learning_rate = None  # the variables are up to date; they may be set from outside

    def _trace(self, carried: Any, inputs: Any, targets: Any, weights: Any) -> Any:
        with allowed(self._kernels):
            return self._trace_allowed(carried, inputs, targets, weights)

    def _trace_allowed(self, carried: Any, inputs: Any, targets: Any, weights: Any) -> Any:
        with tf.GradientTape() as tape:
            answer = self._model(joined(inputs, carried), training=True)
            outputs, carried = parted(answer, carried)
            mean, sums = self._objective(outputs, targets, weights)
            loss = sum(self._model.losses, start=mean)
        gradients = tape.gradient(loss, self._model.trainable_variables)
        if not self._takes_rows:
            gradients = list(map(summed_rows, gradients))
        self._optimizer.apply(gradients, self._model.trainable_variables)
        return carried, sums


class TestStep:
    """One compiled step of scoring: see rnnkit.backend.test_step."""

    def __init__(self, model: Any, objective: Objective, carried: Carried, *, kernels: bool):
        self.carried = carried
        self._model, self._objective, self._kernels = model, Stacked(objective), kernels
        self._step = tf.function(self._trace, autograph=False, reduce_retracing=True)

    def __call__(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray
    ) -> dict[str, float]:
        self.carried, sums = self._step(tuple(self.carried), inputs, targets, weights)
        return self._objective.named(sums)

    def _trace(self, carried: Any, inputs: Any, targets: Any, weights: Any) -> Any:
        outputs, carried = parted(self._model(joined(inputs, carried), training=False), carried)
        with allowed(self._kernels):
            return carried, self._objective(outputs, targets, weights)[1]
