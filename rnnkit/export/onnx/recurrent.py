"""Recurrent layers: by ONNX's own operation where there is one, else by a Scan of the cell's
equation.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architecture import LayerSpec
from rnnkit.export.onnx.cells import CELLS
from rnnkit.export.onnx.layer_context import LayerContext, States
from rnnkit.export.onnx.operations import by_operation, is_operation
from rnnkit.export.onnx.scan import by_scan


def is_recurrent(spec: LayerSpec) -> bool:
    return type(spec) in CELLS or is_operation(spec)


def recurrent(context: LayerContext, x: str) -> str:
    """The outputs from a state of zeros, in one direction or in both."""
    outputs, _ = recurrent_from(context, x, None)
    if context.layer.sequence:
        return outputs
    return context.graph.op("Concat", *last_states(context, outputs), axis=-1)


def recurrent_from(context: LayerContext, x: str, states: States | None) -> tuple[str, States]:
    """Every step's output, and the states after the last step; from zeros if None."""
    if is_operation(context.spec):
        return by_operation(context, x, states)
    return by_scan(context, x, states, CELLS[type(context.spec)])


def last_states(context: LayerContext, outputs: str) -> list[str]:
    """Where each direction ends: (batch, units), one or two. The backward direction ends at the
    first step.

    They are taken from the outputs: some runtimes give another last state of a shorter sequence.
    """
    graph, units = context.graph, context.spec.units
    if not context.spec.bidirectional:
        return [context.last_step(outputs)]
    forward, backward = graph.ops("Split", outputs, graph.ints(units, units), outputs=2, axis=2)
    first = graph.op("Gather", backward, graph.number(0, np.int64), axis=1)
    return [context.last_step(forward), first]
