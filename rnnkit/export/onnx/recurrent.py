"""Recurrent layers: by ONNX's own operation where there is one, else by a Scan of the cell's
equation.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architecture import LayerSpec
from rnnkit.export.onnx.cells import CELLS
from rnnkit.export.onnx.operations import by_operation, is_operation
from rnnkit.export.onnx.place import Place, States
from rnnkit.export.onnx.scan import by_scan


def is_recurrent(spec: LayerSpec) -> bool:
    return type(spec) in CELLS or is_operation(spec)


def recurrent(place: Place, x: str) -> str:
    """The outputs from a state of zeros, in one direction or in both."""
    outputs, _ = recurrent_from(place, x, None)
    if place.layer.sequence:
        return outputs
    return place.graph.op("Concat", *last_states(place, outputs), axis=-1)


def recurrent_from(place: Place, x: str, states: States | None) -> tuple[str, States]:
    """Every step's output, and the states after the last step; from zeros if None."""
    if is_operation(place.spec):
        return by_operation(place, x, states)
    return by_scan(place, x, states, CELLS[type(place.spec)])


def last_states(place: Place, outputs: str) -> list[str]:
    """Where each direction ends: (batch, units), one or two. The backward direction ends at the
    first step.

    They are taken from the outputs: some runtimes give another last state of a shorter sequence.
    """
    graph, units = place.graph, place.spec.units
    if not place.spec.bidirectional:
        return [place.last_step(outputs)]
    forward, backward = graph.ops("Split", outputs, graph.ints(units, units), outputs=2, axis=2)
    first = graph.op("Gather", backward, graph.number(0, np.int64), axis=1)
    return [place.last_step(forward), first]
