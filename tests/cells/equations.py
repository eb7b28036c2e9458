"""A cell run by NumPy, by its keras layer, and by its equation in keras operations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp
from operator import mul
from typing import Any

import numpy as np
from hypothesis import strategies as st

from rnnkit.architecture import Interface, Layer, resolve
from rnnkit.cells import RecurrentSpec
from rnnkit.engine.recurrent import initial_state, run
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.numeric import Numeric
from tests.helpers.random_models import known

Weights = dict[str, np.ndarray]

SIZES = {
    "batch": st.integers(1, 3),
    "timesteps": st.integers(1, 6),
    "features": st.integers(1, 4),
    "units": st.integers(1, 4),
    "seed": st.integers(0, 2**32 - 1),
}


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


def product(row: Iterable[float], matrix: Sequence[Sequence[float]]) -> list[float]:
    """A row times a matrix, one number at a time."""
    numbers = [float(number) for number in row]
    return [sum(map(mul, numbers, column)) for column in zip(*matrix, strict=True)]


def in_place(spec: RecurrentSpec, features: int, timesteps: int | None = None) -> Layer:
    """The layer behind numbers, where it gives every step."""
    head = {"logits": Dense(units=1)}
    model = resolve(
        "model",
        Numeric(),
        [spec],
        head,
        Interface(timesteps=timesteps, features=features, sequence_output=True),
    )
    return model.layers[1]


def random_case(
    spec: RecurrentSpec, batch: int, timesteps: int, features: int, seed: int
) -> tuple[np.ndarray, Weights]:
    """Inputs and weights of a standard normal distribution."""
    generator = np.random.default_rng(seed)
    weights = {
        name: generator.normal(0, 1, known(shape)).astype(np.float32)
        for name, shape in spec.cell.shapes(features, spec.units).items()
    }
    return generator.normal(0, 1, (batch, timesteps, features)).astype(np.float32), weights


def by_numpy(spec: RecurrentSpec, x: np.ndarray, weights: Weights) -> np.ndarray:
    """Every step's output from a state of zeros, by the engine."""
    state = initial_state(in_place(spec, x.shape[-1]), len(x))
    outputs, _ = run(x, state, weights, spec)
    assert outputs.dtype == np.float32
    return outputs


def by_keras_layer(spec: RecurrentSpec, x: np.ndarray, weights: Weights) -> np.ndarray:
    """The same by the cell's keras layer."""
    layer = spec.cell.keras_layer(spec, in_place(spec, x.shape[-1]))
    layer.build(x.shape)
    for variable, array in zip(layer.weights, weights.values(), strict=True):
        variable.assign(array)
    return np.asarray(layer(x))


def by_keras_operations(spec: RecurrentSpec, x: np.ndarray, weights: Weights) -> np.ndarray:
    """The same by the cell's equation over keras.ops."""
    from keras import ops

    tensors: dict[str, Any] = {name: ops.convert_to_tensor(a) for name, a in weights.items()}
    state = (ops.zeros((len(x), spec.units)),) * spec.cell.states
    projected = spec.cell.project(ops, ops.convert_to_tensor(x), tensors)
    outputs, _ = spec.cell.scan(projected, state, tensors, spec, None)
    return np.asarray(outputs)
