"""Recurrent layers as ONNX's own operations LSTM, GRU and RNN."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.architecture import LayerSpec
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.recurrent import weights_below
from rnnkit.export.onnx.activations import INNER_ACTIVATIONS, attributes
from rnnkit.export.onnx.layer_context import INT64, LayerContext, States, Weights


@dataclass(frozen=True)
class Operation:
    """The ONNX operation that computes a cell.

    Args:
        name: The name of the operation.
        gates: Its order of the blocks of Keras' weights.
        activations: The activations of the layer's spec, in the operation's order.
        further: Further attributes.
    """

    name: str
    gates: tuple[int, ...]
    activations: Callable[[Any], Sequence[str]]
    further: Mapping[str, int]


OPERATIONS: dict[type[LayerSpec], Operation] = {
    GRU: Operation(
        "GRU",
        (0, 1, 2),
        lambda spec: (spec.recurrent_activation, spec.activation),
        {"linear_before_reset": 1},
    ),
    # i, f, g, o in Keras' weights; i, o, f, g here
    LSTM: Operation(
        "LSTM",
        (0, 3, 1, 2),
        lambda spec: (spec.recurrent_activation, spec.activation, spec.activation),
        {},
    ),
    SimpleRNN: Operation("RNN", (0,), lambda spec: (spec.activation,), {}),
}


def is_operation(spec: LayerSpec) -> bool:
    """Whether ONNX has an operation that computes the cell, with its activations."""
    operation = OPERATIONS.get(type(spec))
    return operation is not None and INNER_ACTIVATIONS.keys() >= {*operation.activations(spec)}


def by_operation(context: LayerContext, x: str, states: States | None) -> tuple[str, States]:
    """The outputs at all steps, and the states after the last one; the first states are zeros if
    None.

    Each direction is a forward operation over reversed sequences, as some runtimes begin with the
    padding in the reverse direction.
    """
    graph = context.graph
    by_time = graph.op("Transpose", x, perm=[1, 0, 2])
    if not context.spec.bidirectional:
        steps, after = _one_way(context, context.owner, context.weights, by_time, states)
        return graph.op("Transpose", steps, perm=[1, 0, 2]), after
    counts = _counts(context, by_time)

    def reversed_steps(value: str) -> str:
        return graph.op("ReverseSequence", value, counts, time_axis=0, batch_axis=1)

    ways = {name: weights_below(name, context.weights) for name in ("forward", "backward")}
    read = {"forward": by_time, "backward": reversed_steps(by_time)}
    forward, backward = (
        _one_way(context, f"{context.owner}/{name}", own, read[name], None)[0]
        for name, own in ways.items()
    )
    both = graph.op("Concat", forward, reversed_steps(backward), axis=2)
    return graph.op("Transpose", both, perm=[1, 0, 2]), ()


def _one_way(
    context: LayerContext, owner: str, weights: Weights, x: str, states: States | None
) -> tuple[str, States]:
    """Every step's output, (timesteps, batch, units) of (timesteps, batch, features), and the
    states after the last step.
    """
    graph, spec = context.graph, context.spec
    operation = OPERATIONS[type(spec)]
    kernels = _stacked(weights, operation)
    first = [graph.op("Unsqueeze", state, graph.ints(0)) for state in states or ()]
    # (timesteps, 1, batch, units), (1, batch, units)
    steps, *after = graph.ops(
        operation.name,
        x,
        *(graph.constant(array, f"{owner}/{key}") for key, array in kernels.items()),
        *(context.lengths.counts if context.lengths else "", *first),
        outputs=1 + spec.cell.states,
        hidden_size=spec.units,
        **attributes(operation.activations(spec)),
        **operation.further,
    )
    last = after if states else ()
    return graph.op("Squeeze", steps, graph.ints(1)), tuple(
        graph.op("Squeeze", state, graph.ints(0)) for state in last
    )


def _counts(context: LayerContext, by_time: str) -> str:
    """The (batch,) lengths of the sequences, int64."""
    graph = context.graph
    if context.lengths:
        return graph.op("Cast", context.lengths.counts, to=INT64)
    return graph.op("Expand", graph.size(by_time, 0), graph.size(by_time, 1))


def _stacked(weights: Weights, operation: Operation) -> dict[str, np.ndarray]:
    """The weights W, R and B of the operation, (1, ...)."""

    def ordered(array: np.ndarray) -> np.ndarray:
        blocks = np.split(array, len(operation.gates), axis=-1)
        return np.concatenate([blocks[gate] for gate in operation.gates], axis=-1)

    bias = weights["bias"]
    # only a GRU has a second bias, which the reset gate multiplies
    biases = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
    return {
        "W": ordered(weights["kernel"]).T[None],
        "R": ordered(weights["recurrent_kernel"]).T[None],
        "B": ordered(biases).reshape(1, -1),
    }
