"""The one place that knows TensorFlow from JAX: choice of backend and device, seeding, and compiled
steps.
"""

from __future__ import annotations

from typing import Any

from rnnkit.backend.device import (
    BACKENDS,
    BUILDING,
    DEVICES,
    available,
    begin,
    current,
    gpus,
    is_beginning,
    seed,
    select,
)
from rnnkit.backend.precision import computing_in
from rnnkit.backend.rows import cross_entropy
from rnnkit.backend.steps import Begun, Carried, Objective, Sums, TestStep, TrainStep
from rnnkit.backend.tables import take_rows
from rnnkit.backend.updates import fuse

__all__ = [
    "BACKENDS",
    "BUILDING",
    "DEVICES",
    "Begun",
    "Carried",
    "Objective",
    "Sums",
    "TestStep",
    "TrainStep",
    "available",
    "begin",
    "computing_in",
    "cross_entropy",
    "current",
    "gpus",
    "is_beginning",
    "seed",
    "select",
    "test_step",
    "train_step",
]


def train_step(
    model: Any,
    optimizer: Any,
    objective: Objective,
    carried: Carried = (),
    *,
    kernels: bool = True,
    lazy: bool = False,
) -> TrainStep:
    """A compiled step of training, on the backend that keras runs on.

    Args:
        model: A built keras.Model.
        optimizer: A keras optimizer; built here.
        objective: The sums of a batch; the gradient is that of the mean loss plus the model's own
            losses.
        carried: The states that the model takes after its inputs and gives after its outputs,
            carried from step to step; none where empty.
        kernels: Whether compiled kernels may compute what is around the layers.
        lazy: Whether Adam moves only those rows of an embedding that a batch reads.
    """
    if kernels and current() == "tensorflow":
        fuse(optimizer)
    tables = take_rows(model, optimizer, lazy=lazy)
    optimizer.build(model.trainable_variables)
    if current() == "jax":
        from rnnkit.backend import jax

        return jax.TrainStep(model, optimizer, objective, carried, tables)
    from rnnkit.backend import tensorflow

    step = tensorflow.TrainStep
    return step(model, optimizer, objective, carried, tables, kernels=kernels)


def test_step(
    model: Any, objective: Objective, carried: Carried = (), *, kernels: bool = True
) -> TestStep:
    """A compiled step of scoring, on the backend that keras runs on; the arguments are those of
    `train_step`.
    """
    if current() == "jax":
        from rnnkit.backend import jax

        return jax.TestStep(model, objective, carried)
    from rnnkit.backend import tensorflow

    return tensorflow.TestStep(model, objective, carried, kernels=kernels)
