"""Recurrent layers as ONNX's own operations LSTM, GRU and RNN."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.architecture import LayerSpec
from rnnkit.cells import RecurrentSpec
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.peephole_lstm import PeepholeLSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.recurrent import below
from rnnkit.export.onnx.activations import INSIDE, attributes
from rnnkit.export.onnx.graph import Graph
from rnnkit.export.onnx.place import Place, States


@dataclass(frozen=True)
class Operation:
    """How a cell is said in ONNX.

    Args:
        name: The operation.
        gates: In which order it has the blocks of Keras' weights.
        activations: Of the layer's spec, in the operation's order.
        further: Its other attributes.
        peepholes: In which order it has the blocks of `peephole`.
    """

    name: str
    gates: tuple[int, ...]
    activations: Callable[[Any], Sequence[str]]
    further: Mapping[str, int]
    peepholes: tuple[int, ...] = ()


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
    PeepholeLSTM: Operation(
        "LSTM",
        (0, 3, 1, 2),
        lambda spec: ("sigmoid", "tanh", "tanh"),
        {},
        peepholes=(0, 2, 1),  # i, o, f of i, f, o
    ),
    SimpleRNN: Operation("RNN", (0,), lambda spec: (spec.activation,), {}),
}


def is_operation(spec: LayerSpec) -> bool:
    """Whether ONNX has an operation that computes the cell, with its activations."""
    operation = OPERATIONS.get(type(spec))
    return operation is not None and INSIDE.keys() >= {*operation.activations(spec)}


def by_operation(place: Place, x: str, states: States | None) -> tuple[str, States]:
    """Every step's output, and the states after the last step; from zeros where None."""
    graph, spec = place.graph, place.spec
    operation, ways = OPERATIONS[type(spec)], 1 + spec.bidirectional
    kernels = _stacked(place, operation)
    *weights, last = (
        graph.constant(array, f"{place.owner}/{key}") for key, array in kernels.items()
    )
    by_time = graph.op("Transpose", x, perm=[1, 0, 2])
    first = [graph.op("Unsqueeze", state, graph.ints(0)) for state in states or ()]
    if operation.peepholes:
        first = [*(first or [""] * spec.cell.states), last]
    else:
        weights.append(last)
    # (timesteps, directions, batch, units), (directions, batch, units)
    steps, *after = graph.ops(
        operation.name,
        *(by_time, *weights, place.lengths.counts if place.lengths else "", *first),
        outputs=1 + spec.cell.states,
        hidden_size=spec.units,
        direction="bidirectional" if spec.bidirectional else "forward",
        **attributes([*operation.activations(spec)] * ways),
        **operation.further,
    )
    return _by_batch(graph, steps, spec), tuple(
        graph.op("Squeeze", state, graph.ints(0)) for state in (after if states else ())
    )


def _by_batch(graph: Graph, steps: str, spec: RecurrentSpec) -> str:
    """(timesteps, directions, batch, units) to (batch, timesteps, directions * units)."""
    if not spec.bidirectional:
        steps = graph.op("Squeeze", steps, graph.ints(1))
        return graph.op("Transpose", steps, perm=[1, 0, 2])
    both = graph.op("Transpose", steps, perm=[2, 0, 1, 3])
    return graph.op("Reshape", both, graph.ints(0, 0, 2 * spec.units))


def _stacked(place: Place, operation: Operation) -> dict[str, np.ndarray]:
    """W, R, B and perhaps P of the operation, (directions, ...)."""
    weights, gates = place.weights, operation.gates
    ways = [weights]
    if place.layer.spec.reads_backwards:
        ways = [below(direction, weights) for direction in ("forward", "backward")]

    def ordered(array: np.ndarray) -> np.ndarray:
        blocks = np.split(array, len(gates), axis=-1)
        return np.concatenate([blocks[gate] for gate in gates], axis=-1)

    def biases(bias: np.ndarray) -> np.ndarray:
        # only a GRU has a second bias, inside what the reset gate multiplies
        return ordered(bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])).ravel()

    stacked = {
        "W": np.stack([ordered(way["kernel"]).T for way in ways]),
        "R": np.stack([ordered(way["recurrent_kernel"]).T for way in ways]),
        "B": np.stack([biases(way["bias"]) for way in ways]),
    }
    if not operation.peepholes:
        return stacked
    blocks = [np.split(way["peephole"], len(operation.peepholes)) for way in ways]
    ordered_blocks = [np.concatenate([own[gate] for gate in operation.peepholes]) for own in blocks]
    return {**stacked, "P": np.stack(ordered_blocks)}
