"""Recurrent layers as a Scan over the steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.engine.recurrent import weights_below
from rnnkit.export.onnx.graph import Graph
from rnnkit.export.onnx.layer_context import LayerContext, States, Weights


@dataclass(frozen=True)
class Direction:
    """A cell that reads in one direction.

    Args:
        context: Its layer.
        owner: The prefix of the names of its weights: "bilstm/backward".
        weights: Its weights by name, without the prefix.
        backwards: Whether it reads from the last step to the first.
    """

    context: LayerContext
    owner: str
    weights: Weights
    backwards: bool

    def weight(self, name: str) -> str:
        return self.context.graph.constant(self.weights[name], f"{self.owner}/{name}")


Step = Callable[[Graph, str, States], States]
"""A function from the projected input of a step and the states before it to the states after it,
the output first.
"""


@dataclass(frozen=True)
class Cell:
    """A cell by simpler operations.

    Args:
        project: Computes the part that does not depend on the state for all steps: (batch,
            timesteps, features) to (batch, timesteps, numbers).
        step: Computes one step in the body of a Scan.
    """

    project: Callable[[Direction, str], str]
    step: Callable[[Direction], Step]


def by_scan(context: LayerContext, x: str, states: States | None, cell: Cell) -> tuple[str, States]:
    """The outputs at all steps, and the states after the last; the first are zeros if None."""
    if not context.spec.bidirectional:
        forward = Direction(context, context.owner, context.weights, backwards=False)
        return _scanned(forward, x, states, cell)
    outputs = []
    for name, backwards in (("forward", False), ("backward", True)):
        owner, weights = f"{context.owner}/{name}", weights_below(name, context.weights)
        outputs.append(_scanned(Direction(context, owner, weights, backwards), x, None, cell)[0])
    return context.graph.op("Concat", *outputs, axis=-1), ()


def _scanned(direction: Direction, x: str, states: States | None, cell: Cell) -> tuple[str, States]:
    context = direction.context
    graph, count = context.graph, context.spec.cell.states
    projected = cell.project(direction, x)
    if states is None:
        units = graph.ints(context.spec.units)
        size = graph.op("Concat", graph.size(x, 0), units, axis=0)
        states = (graph.op("Expand", graph.number(0), size),) * count
    read = [projected, *([context.lengths.is_step] if context.lengths else [])]
    *after, steps = graph.ops(
        "Scan",
        *(*states, *read),
        outputs=count + 1,
        body=_body(direction, cell.step(direction)),
        num_scan_inputs=len(read),
        scan_input_axes=[1] * len(read),
        scan_output_axes=[1],
        scan_input_directions=[int(direction.backwards)] * len(read),
        scan_output_directions=[int(direction.backwards)],
    )
    return steps, tuple(after)


def _body(direction: Direction, step: Step) -> Any:
    """The body of one step. Padding leaves the states unchanged, in both directions."""
    context, prefix = direction.context, f"{direction.owner}/"
    graph, dims = Graph(prefix), ("batch", context.spec.units)
    names = [f"{prefix}{index}" for index in range(context.spec.cell.states)]
    before = tuple(graph.input(f"{name}/before", np.float32, dims) for name in names)
    projected = graph.input(f"{prefix}projected", np.float32, ("batch", "numbers"))
    after: Sequence[str] = step(graph, projected, before)
    if context.lengths:
        is_step = graph.input(f"{prefix}is_step", np.bool_, ("batch", 1))
        pairs = zip(after, before, strict=True)
        after = [graph.op("Where", is_step, new, old) for new, old in pairs]
    for name, value in zip(names, after, strict=True):
        graph.output(f"{name}/after", value, np.float32, dims)
    graph.output(f"{prefix}output", after[0], np.float32, dims)
    return graph.body("step")
