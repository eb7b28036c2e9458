"""The minimal cells, which are linear in their state: coefficients of every step at once, then a
Scan along time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnkit.cells import RecurrentSpec
from rnnkit.cells.min_gru import MinGRU
from rnnkit.engine.recurrent import below
from rnnkit.export.onnx.activations import softplus
from rnnkit.export.onnx.graph import Graph
from rnnkit.export.onnx.place import Place


def linear(place: Place, x: str, states: tuple[str, ...] | None) -> tuple[str, tuple[str, ...]]:
    """Every step's output, and the state after the last step; from zeros where None."""
    spec = place.layer.spec
    assert isinstance(spec, RecurrentSpec)
    if not spec.bidirectional:
        steps, last = _direction(place, "", x, states, backwards=False)
        return steps, (last,)
    forward, _ = _direction(place, "forward", x, None, backwards=False)
    backward, _ = _direction(place, "backward", x, None, backwards=True)
    return place.graph.op("Concat", forward, backward, axis=-1), ()


def _direction(
    place: Place, name: str, x: str, states: tuple[str, ...] | None, *, backwards: bool
) -> tuple[str, str]:
    """One direction's outputs, (batch, timesteps, units), and its last state."""
    graph, spec = place.graph, place.layer.spec
    assert isinstance(spec, RecurrentSpec)
    weights = below(name, place.weights) if name else place.weights
    owner = f"{place.owner}/{name}" if name else place.owner
    decay, inflow = _coefficients(graph, spec, owner, weights, x)
    if place.lengths is not None:
        # the state stays as it is in the padding, so that both directions need no more
        real = place.lengths.is_step
        decay = graph.op("Where", real, decay, graph.number(1))
        inflow = graph.op("Where", real, inflow, graph.number(0))
    if states is None:
        size = graph.op("Concat", graph.size(x, 0), graph.ints(spec.units), axis=0)
        start = graph.op("Expand", graph.number(0), size)
    else:
        (start,) = states
    last, steps = graph.ops(
        "Scan",
        *(start, decay, inflow),
        outputs=2,
        body=_step(f"{owner}/", spec.units),
        num_scan_inputs=2,
        scan_input_axes=[1, 1],
        scan_output_axes=[1],
        scan_input_directions=[int(backwards)] * 2,
        scan_output_directions=[int(backwards)],
    )
    return steps, last


def _coefficients(
    graph: Graph, spec: RecurrentSpec, owner: str, weights: Mapping[str, np.ndarray], x: str
) -> tuple[str, str]:
    """a_t and b_t of h_t = a_t h_{t-1} + b_t, (batch, timesteps, units) each."""
    kernel = graph.constant(weights["kernel"], f"{owner}/kernel")
    bias = graph.constant(weights["bias"], f"{owner}/bias")
    projected = graph.op("Add", graph.op("MatMul", x, kernel), bias)
    blocks = weights["bias"].size // spec.units
    parts = graph.ops("Split", projected, outputs=blocks, axis=-1)
    if isinstance(spec, MinGRU):
        gate, candidate = parts
        z = graph.op("Sigmoid", gate)
        return graph.op("Sub", graph.number(1), z), graph.op("Mul", z, _positive(graph, candidate))
    forget, keep, candidate = parts
    shut = softplus(graph, graph.op("Neg", keep))
    f = graph.op("Sigmoid", graph.op("Sub", shut, softplus(graph, graph.op("Neg", forget))))
    rest = graph.op("Sub", graph.number(1), f)
    return f, graph.op("Mul", rest, _positive(graph, candidate))


def _positive(graph: Graph, x: str) -> str:
    """x + 0.5 where x >= 0, else sigmoid(x)."""
    is_positive = graph.op("GreaterOrEqual", x, graph.number(0))
    above = graph.op("Add", x, graph.number(0.5))
    return graph.op("Where", is_positive, above, graph.op("Sigmoid", x))


def _step(prefix: str, units: int) -> Any:
    """One step of a Scan."""
    graph, dims = Graph(prefix), ("batch", units)
    before, decay, inflow = (
        graph.input(f"{prefix}{name}", np.float32, dims) for name in ("before", "decay", "inflow")
    )
    after = graph.op("Add", graph.op("Mul", decay, before), inflow)
    for name in ("after", "step"):
        graph.output(f"{prefix}{name}", after, np.float32, dims)
    return graph.body("step")
