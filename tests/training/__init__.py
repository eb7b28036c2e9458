"""Tests of training, and the smallest training there is: one weight, whose every value can be
worked out by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnnkit.run import RunFolder
from rnnkit.training.batches import Batch
from rnnkit.training.fit import Fit
from rnnkit.training.options import Train


class Rows:
    """Rows x = 1 with a target each, in their order in every epoch.

    Args:
        targets: What w * x should be.
        batch_size: Rows of a step; the last one is padded with rows of weight zero.
    """

    def __init__(self, targets: Sequence[float], batch_size: int | None = None):
        self._targets = np.array(targets, np.float32)
        self.batch_size = batch_size or len(targets)

    @property
    def steps(self) -> int:
        return -(-len(self._targets) // self.batch_size)

    @property
    def widest(self) -> tuple[int, ...]:
        return (1,)

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        targets = self._targets[step * self.batch_size : (step + 1) * self.batch_size]
        weights = (np.arange(self.batch_size) < len(targets)).astype(np.float32)
        return (
            np.ones((self.batch_size, 1), np.float32),
            np.resize(targets, self.batch_size),
            weights,
        )

    def in_order(self) -> Iterator[Batch]:
        return (self.shuffled(0, 0, step) for step in range(self.steps))


def squares(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
    """Squared errors; a row whose error is below 0.1 is correct."""
    from keras import ops

    errors = ops.abs(outputs[:, 0] - targets)
    hits = ops.cast(errors < 0.1, "float32")
    return {
        "loss": ops.sum(errors**2 * weights),
        "correct": ops.sum(hits * weights),
        "weight": ops.sum(weights),
    }


def means(sums: dict[str, float]) -> dict[str, float]:
    return {"loss": sums["loss"] / sums["weight"], "accuracy": sums["correct"] / sums["weight"]}


def line_fit(
    train: Any,
    validation: Any = None,
    *,
    run: RunFolder | None = None,
    objective: Any = squares,
    ceiling: float | None = None,
    **options: Any,
) -> Fit:
    """A training of w in w * x, from w = 0, by plain gradient descent where `options` (the `train:`
    section) do not say otherwise.

    With a learning rate of 0.25 each step halves the way from w to the target.
    """
    import keras

    options = {
        "optimizer": "sgd",
        "learning_rate": 0.25,
        "checkpoint": {"every_seconds": None},
    } | options
    inputs = keras.Input((1,), name="inputs")
    outputs = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", name="w")(inputs)
    return Fit(
        keras.Model(inputs, outputs),
        objective,
        means,
        train,
        validation,
        Train.model_validate(options),
        run or RunFolder.create("line", "a line\n"),
        ceiling=ceiling,
    )


def weight(fit: Fit) -> float:
    """The value of w."""
    return float(np.asarray(fit.model.weights[0])[0, 0])
