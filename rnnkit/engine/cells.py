"""The equations of the recurrent cells, in NumPy: the readable reference that Keras and every
kernel are held against.

Shapes: x is (batch, timesteps, features), h and c are (batch, units). Weights are laid out as in
Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rnnkit.engine.activations import ACTIVATIONS

Array = np.ndarray
Weights = Mapping[str, Array]
State = tuple[Array, ...]
Cell = Callable[[Array, State, Weights, Any], tuple[Array, State]]
"""(the step's projected input, the state, weights, the layer's spec) -> (output, new state); output
is (batch, units).
"""


def simple_rnn(projected: Array, state: State, weights: Weights, spec: Any) -> tuple[Array, State]:
    """h_t = activation(x_t W + h_{t-1} U + b)."""
    (h,) = state
    h = ACTIVATIONS[spec.activation](projected + h @ weights["recurrent_kernel"])
    return h, (h,)


def lstm(projected: Array, state: State, weights: Weights, spec: Any) -> tuple[Array, State]:
    """i, f, o = sigmoid(x_t W + h_{t-1} U + b); g = tanh(...); c_t = f c_{t-1} + i g; h_t = o
    tanh(c_t).
    """
    h, c = state
    gate, squash = ACTIVATIONS[spec.recurrent_activation], ACTIVATIONS[spec.activation]
    i, f, g, o = np.split(projected + h @ weights["recurrent_kernel"], 4, axis=-1)
    c = gate(f) * c + gate(i) * squash(g)
    h = gate(o) * squash(c)
    return h, (h, c)


def gru(projected: Array, state: State, weights: Weights, spec: Any) -> tuple[Array, State]:
    """z, r = sigmoid(x W + h U + b); hh = tanh(x W + r (h U + b)); h_t = z h_{t-1} + (1 - z) hh."""
    (h,) = state
    gate, squash = ACTIVATIONS[spec.recurrent_activation], ACTIVATIONS[spec.activation]
    x_z, x_r, x_h = np.split(projected, 3, axis=-1)
    h_z, h_r, h_h = np.split(h @ weights["recurrent_kernel"] + weights["bias"][1], 3, axis=-1)
    z, r = gate(x_z + h_z), gate(x_r + h_r)
    candidate = squash(x_h + r * h_h)
    h = z * h + (1 - z) * candidate
    return h, (h,)


CELLS: dict[str, tuple[Cell, int]] = {
    "simple_rnn": (simple_rnn, 1),
    "lstm": (lstm, 2),
    "gru": (gru, 1),
}
"""The cell and the number of arrays in its state, by the layer's kind."""


def initial_state(kind: str, batch: int, units: int) -> State:
    """Zeros, as in Keras."""
    return tuple(np.zeros((batch, units), np.float32) for _ in range(CELLS[kind][1]))


def project(x: Array, weights: Weights) -> Array:
    """x_t W + b for every step in one product. The GRU's second bias belongs to the recurrent
    product.
    """
    bias = weights["bias"]
    return x @ weights["kernel"] + (bias[0] if bias.ndim == 2 else bias)


def run(kind: str, x: Array, weights: Weights, spec: Any) -> Array:
    """Every step's output, (batch, timesteps, units), from a state of zeros."""
    return run_from(initial_state(kind, len(x), spec.units), kind, x, weights, spec)[0]


def run_from(state: State, kind: str, x: Array, weights: Weights, spec: Any) -> tuple[Array, State]:
    """Every step's output, (batch, timesteps, units), and the state after the last step."""
    cell, _ = CELLS[kind]
    projected = project(x, weights)
    outputs = np.empty((*x.shape[:2], spec.units), np.float32)
    for step in range(x.shape[1]):
        outputs[:, step], state = cell(projected[:, step], state, weights, spec)
    return outputs, state
