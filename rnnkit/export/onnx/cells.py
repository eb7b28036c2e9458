"""The equations of the cells as ONNX operations, for a Scan: each is the `step` of its cell in
`rnnkit/cells`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.architecture import LayerSpec
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.min_gru import MinGRU
from rnnkit.cells.min_lstm import MinLSTM
from rnnkit.cells.peephole_lstm import PeepholeLSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.export.onnx.activations import ACTIVATIONS, Write, softplus
from rnnkit.export.onnx.graph import Graph
from rnnkit.export.onnx.layer_context import States
from rnnkit.export.onnx.scan import Cell, Direction, Step


def _affine(direction: Direction, x: str) -> str:
    """x W + b."""
    graph = direction.context.graph
    product = graph.op("MatMul", x, direction.weight("kernel"))
    return graph.op("Add", product, direction.weight("bias"))


def _activations(direction: Direction) -> tuple[Write, Write]:
    """The activations of the gates and of the candidate."""
    spec: Any = direction.context.spec
    return ACTIVATIONS[spec.recurrent_activation], ACTIVATIONS[spec.activation]


def _simple_rnn(direction: Direction) -> Step:
    kernel, spec = direction.weight("recurrent_kernel"), direction.context.spec
    assert isinstance(spec, SimpleRNN)
    squash = ACTIVATIONS[spec.activation]

    def step(graph: Graph, projected: str, states: States) -> States:
        own = graph.op("MatMul", states[0], kernel)
        return (squash(graph, graph.op("Add", projected, own)),)

    return step


def _lstm(direction: Direction) -> Step:
    kernel, (gate, squash) = direction.weight("recurrent_kernel"), _activations(direction)

    def step(graph: Graph, projected: str, states: States) -> States:
        h, c = states
        sums = graph.op("Add", projected, graph.op("MatMul", h, kernel))
        i, f, g, o = graph.ops("Split", sums, outputs=4, axis=-1)
        kept = graph.op("Mul", gate(graph, f), c)
        c = graph.op("Add", kept, graph.op("Mul", gate(graph, i), squash(graph, g)))
        return graph.op("Mul", gate(graph, o), squash(graph, c)), c

    return step


def _peephole_lstm(direction: Direction) -> Step:
    """By a Scan, as some runtimes ignore the peephole weights of ONNX's LSTM."""
    kernel, graph = direction.weight("recurrent_kernel"), direction.context.graph
    blocks = zip("ifo", np.split(direction.weights["peephole"], 3), strict=True)
    seen = {gate: graph.constant(own, f"{direction.owner}/peephole/{gate}") for gate, own in blocks}

    def step(graph: Graph, projected: str, states: States) -> States:
        h, c = states
        sums = graph.op("Add", projected, graph.op("MatMul", h, kernel))
        i, f, g, o = graph.ops("Split", sums, outputs=4, axis=-1)

        def gate(own: str, name: str, cell: str) -> str:
            return graph.op("Sigmoid", graph.op("Add", own, graph.op("Mul", seen[name], cell)))

        kept = graph.op("Mul", gate(f, "f", c), c)
        written = graph.op("Mul", gate(i, "i", c), graph.op("Tanh", g))
        new = graph.op("Add", kept, written)
        return graph.op("Mul", gate(o, "o", new), graph.op("Tanh", new)), new

    return step


def _gru(direction: Direction) -> Step:
    kernel, (gate, squash) = direction.weight("recurrent_kernel"), _activations(direction)
    graph = direction.context.graph
    bias = graph.constant(direction.weights["bias"][1], f"{direction.owner}/recurrent_bias")

    def step(graph: Graph, projected: str, states: States) -> States:
        (h,) = states
        own = graph.op("Add", graph.op("MatMul", h, kernel), bias)
        x_z, x_r, x_h = graph.ops("Split", projected, outputs=3, axis=-1)
        h_z, h_r, h_h = graph.ops("Split", own, outputs=3, axis=-1)
        z = gate(graph, graph.op("Add", x_z, h_z))
        r = gate(graph, graph.op("Add", x_r, h_r))
        new = squash(graph, graph.op("Add", x_h, graph.op("Mul", r, h_h)))
        rest = graph.op("Sub", graph.number(1), z)
        return (graph.op("Add", graph.op("Mul", z, h), graph.op("Mul", rest, new)),)

    return step


def _gru_projection(direction: Direction, x: str) -> str:
    graph = direction.context.graph
    bias = graph.constant(direction.weights["bias"][0], f"{direction.owner}/bias")
    return graph.op("Add", graph.op("MatMul", x, direction.weight("kernel")), bias)


def _linear_step(direction: Direction) -> Step:
    """h_t = a_t h_{t-1} + b_t, the two coefficients side by side."""

    def step(graph: Graph, projected: str, states: States) -> States:
        decay, inflow = graph.ops("Split", projected, outputs=2, axis=-1)
        return (graph.op("Add", graph.op("Mul", decay, states[0]), inflow),)

    return step


def _min_gru_coefficients(direction: Direction, x: str) -> str:
    graph = direction.context.graph
    gate, candidate = graph.ops("Split", _affine(direction, x), outputs=2, axis=-1)
    z = graph.op("Sigmoid", gate)
    inflow = graph.op("Mul", z, _positive(graph, candidate))
    return graph.op("Concat", graph.op("Sub", graph.number(1), z), inflow, axis=-1)


def _min_lstm_coefficients(direction: Direction, x: str) -> str:
    graph = direction.context.graph
    forget, keep, candidate = graph.ops("Split", _affine(direction, x), outputs=3, axis=-1)
    shut = softplus(graph, graph.op("Neg", keep))
    f = graph.op("Sigmoid", graph.op("Sub", shut, softplus(graph, graph.op("Neg", forget))))
    rest = graph.op("Sub", graph.number(1), f)
    return graph.op("Concat", f, graph.op("Mul", rest, _positive(graph, candidate)), axis=-1)


def _positive(graph: Graph, x: str) -> str:
    """x + 0.5 where x >= 0, else sigmoid(x)."""
    is_positive = graph.op("GreaterOrEqual", x, graph.number(0))
    above = graph.op("Add", x, graph.number(0.5))
    return graph.op("Where", is_positive, above, graph.op("Sigmoid", x))


CELLS: dict[type[LayerSpec], Cell] = {
    GRU: Cell(_gru_projection, _gru),
    LSTM: Cell(_affine, _lstm),
    MinGRU: Cell(_min_gru_coefficients, _linear_step),
    MinLSTM: Cell(_min_lstm_coefficients, _linear_step),
    PeepholeLSTM: Cell(_affine, _peephole_lstm),
    SimpleRNN: Cell(_affine, _simple_rnn),
}
