"""Steps that TensorFlow compiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from rnnkit.backend.steps import Carried, Inputs, Objective, Stacked, joined, parted


class TrainStep:
    """One compiled step of training: see rnnkit.backend.train_step."""

    def __init__(self, model: Any, optimizer: Any, objective: Objective, carried: Carried):
        self.carried = carried
        self._model, self._optimizer = model, optimizer
        self._objective = Stacked(objective)
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
        with tf.GradientTape() as tape:
            answer = self._model(joined(inputs, carried), training=True)
            outputs, carried = parted(answer, carried)
            mean, sums = self._objective(outputs, targets, weights)
            loss = sum(self._model.losses, start=mean)
        gradients = tape.gradient(loss, self._model.trainable_variables)
        if self._optimizer.global_clipnorm or self._optimizer.clipvalue:
            # An embedding's gradient is a list of rows; a row that comes twice must be added up
            # before it is measured.
            gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        self._optimizer.apply(gradients, self._model.trainable_variables)
        return carried, sums


class TestStep:
    """One compiled step of scoring: see rnnkit.backend.test_step."""

    def __init__(self, model: Any, objective: Objective, carried: Carried):
        self.carried = carried
        self._model, self._objective = model, Stacked(objective)
        self._step = tf.function(self._trace, autograph=False, reduce_retracing=True)

    def __call__(
        self, inputs: Inputs, targets: np.ndarray, weights: np.ndarray
    ) -> dict[str, float]:
        self.carried, sums = self._step(tuple(self.carried), inputs, targets, weights)
        return self._objective.named(sums)

    def _trace(self, carried: Any, inputs: Any, targets: Any, weights: Any) -> Any:
        outputs, carried = parted(self._model(joined(inputs, carried), training=False), carried)
        return carried, self._objective(outputs, targets, weights)[1]
