"""The one place that knows TensorFlow from JAX: choice of backend and device, seeding, and compiled
steps.
"""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from rnnkit.backend.device import (
    BACKENDS,
    BUILDING,
    DEVICES,
    available,
    begin,
    current,
    gpus,
    seed,
    select,
)
from rnnkit.backend.precision import computing_in
from rnnkit.backend.rows import cross_entropy
from rnnkit.backend.steps import Begun, Carried, Objective, Sums, TestStep, TrainStep
from rnnkit.backend.tables import take_rows
from rnnkit.backend.updates import fuse
from rnnkit.ranks.share import WHOLE, Share

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
    "compiles_each_shape",
    "computing_in",
    "cross_entropy",
    "current",
    "gpus",
    "seed",
    "select",
    "share",
    "test_step",
    "train_step",
    "value",
    "whole_draws",
]


def share() -> Share:
    """The rows of every batch that the devices of this process compute."""
    if current() != "jax":
        return WHOLE
    from rnnkit.backend import mesh

    return mesh.share()


def compiles_each_shape() -> bool:
    """Whether the seconds that it takes to compile a step for each shape of a batch are more than
    those of steps on padding: on a GPU, by JAX. TensorFlow has one graph for all shapes.
    """
    return current() == "jax" and bool(gpus())


def whole_draws() -> AbstractContextManager[None]:
    """What is drawn inside a layer's call is of weights, not of the rows of a batch."""
    if current() != "jax":
        return contextlib.nullcontext()
    from rnnkit.backend import draws

    return draws.of_weights()


def value(variable: Any) -> np.ndarray:
    """What a keras variable holds, read-only, without a copy: by `np.asarray` of the variable
    TensorFlow copies it, and takes six times as long to begin.
    """
    if current() != "tensorflow":
        return np.asarray(variable)
    from rnnkit.backend import tensorflow

    return tensorflow.value(variable)


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
        from rnnkit.backend import jax, sharded

        kind = jax.TrainStep if share() == WHOLE else sharded.TrainStep
        return kind(model, optimizer, objective, carried, tables)
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
        from rnnkit.backend import jax, sharded

        kind = jax.TestStep if share() == WHOLE else sharded.TestStep
        return kind(model, objective, carried)
    from rnnkit.backend import tensorflow

    return tensorflow.TestStep(model, objective, carried, kernels=kernels)
