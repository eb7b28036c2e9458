"""Recurrent layers in NumPy, by the equations of their cells.

Shapes: x is (batch, timesteps, features), each array of a state (batch, units). Weights have Keras'
layout.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from rnnkit.architecture import Layer, LayerSpec
from rnnkit.cells import RecurrentSpec
from rnnkit.engine.lengths import last_step, reverse

Array = np.ndarray
Weights = Mapping[str, Array]
State = tuple[Array, ...]
States = dict[str, State]
"""The state of each recurrent layer, by the layer's name."""


def is_cell_alone(spec: LayerSpec) -> bool:
    """Whether a layer computes its cell and nothing else: a user's subclass may add to it."""
    return isinstance(spec, RecurrentSpec) and all(
        getattr(type(spec), name) is getattr(RecurrentSpec, name)
        for name in ("build", "connect", "continue_from", "weight_shapes", "state_shapes")
    )


def initial_state(layer: Layer, batch: int) -> State:
    """Zeros, as in Keras."""
    return tuple(
        np.zeros((batch, *(size or 0 for size in shape)), np.float32)
        for shape in layer.spec.state_shapes(layer.inputs)
    )


def run(x: Array, state: State, weights: Weights, spec: RecurrentSpec) -> tuple[Array, State]:
    """The output of every step, (batch, timesteps, units), and the state after the last."""
    cell = spec.cell
    projected = cell.project(np, x, weights)
    outputs = np.empty((*x.shape[:2], spec.units), np.float32)
    for step in range(x.shape[1]):
        outputs[:, step], state = cell.step(np, projected[:, step], state, weights, spec)
    return outputs, state


def recurrent_from(x: Array, state: State, weights: Weights, layer: Layer) -> tuple[Array, State]:
    """The output of every step, and the state after the last."""
    return run(x, state, weights, _spec(layer))


def recurrent(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    """The outputs of one direction or both, starting from zeros."""
    if not layer.spec.reads_backwards:
        outputs = _outputs(x, weights, layer, lengths)
        return outputs if layer.sequence else last_step(outputs, lengths)
    forward = _outputs(x, weights_below("forward", weights), layer, lengths)
    backward = _outputs(reverse(x, lengths), weights_below("backward", weights), layer, lengths)
    if layer.sequence:
        return np.concatenate([forward, reverse(backward, lengths)], axis=-1)
    return np.concatenate([last_step(forward, lengths), last_step(backward, lengths)], axis=-1)


def conditioned_states(states: States, condition: Array, weights: Weights) -> States:
    """Initial states of the sizes of `states`: tanh(c W + b) of a (batch, features) condition c."""
    initial = (
        np.tanh(
            condition @ weights[f"condition/{index}/kernel"] + weights[f"condition/{index}/bias"]
        )
        for index in itertools.count()
    )
    return {name: tuple(next(initial) for _ in arrays) for name, arrays in states.items()}


def last_states(layer: Layer, outputs: Array, lengths: Array) -> list[Array]:
    """Each direction's final state, (batch, units); the backward one ends at the first step."""
    if not layer.spec.reads_backwards:
        return [last_step(outputs, lengths)]
    forward, backward = np.split(outputs, 2, axis=-1)
    return [last_step(forward, lengths), backward[:, 0]]


def weights_below(prefix: str, weights: Weights) -> dict[str, Array]:
    """The weights of a layer, a direction or an encoder: those below "prefix/", without it."""
    return {
        name.removeprefix(f"{prefix}/"): array
        for name, array in weights.items()
        if name.startswith(f"{prefix}/")
    }


def _spec(layer: Layer) -> RecurrentSpec:
    assert isinstance(layer.spec, RecurrentSpec)
    return layer.spec


def _outputs(x: Array, weights: Weights, layer: Layer, lengths: Array) -> Array:
    """The outputs of every step, zeros at padding: it is read like other steps, and an unbounded
    state may overflow there.
    """
    state = initial_state(layer, len(x))
    if lengths.min(initial=x.shape[1]) == x.shape[1]:
        return run(x, state, weights, _spec(layer))[0]
    with np.errstate(over="ignore", invalid="ignore"):
        outputs, _ = run(x, state, weights, _spec(layer))
    outputs[np.arange(x.shape[1]) >= lengths[:, None]] = 0
    return outputs
