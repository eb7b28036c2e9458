"""Recurrent layers as a Scan of one step after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.engine.recurrent import weights_below
from rnnkit.export.onnx.graph import Graph
from rnnkit.export.onnx.place import Place, States, Weights


@dataclass(frozen=True)
class Direction:
    """A cell that reads in one direction.

    Args:
        place: Its layer.
        owner: What the names of its weights begin with: "bilstm/backward".
        weights: By their names there.
        backwards: Whether it reads from the last step to the first.
    """

    place: Place
    owner: str
    weights: Weights
    backwards: bool

    def weight(self, name: str) -> str:
        return self.place.graph.constant(self.weights[name], f"{self.owner}/{name}")


Step = Callable[[Graph, str, States], States]
"""The states after a step, the output first, of this step's projected input and the states
before.
"""


@dataclass(frozen=True)
class Cell:
    """How a cell is said by simpler operations.

    Args:
        project: What does not depend on the state, for every step: (batch, timesteps, numbers) of
            (batch, timesteps, features).
        step: One step in the body of a Scan.
    """

    project: Callable[[Direction, str], str]
    step: Callable[[Direction], Step]


def by_scan(place: Place, x: str, states: States | None, cell: Cell) -> tuple[str, States]:
    """Every step's output, and the states after the last step; from zeros if None."""
    if not place.spec.bidirectional:
        one = Direction(place, place.owner, place.weights, backwards=False)
        return _scanned(one, x, states, cell)
    outputs = []
    for name, backwards in (("forward", False), ("backward", True)):
        owner, weights = f"{place.owner}/{name}", weights_below(name, place.weights)
        outputs.append(_scanned(Direction(place, owner, weights, backwards), x, None, cell)[0])
    return place.graph.op("Concat", *outputs, axis=-1), ()


def _scanned(direction: Direction, x: str, states: States | None, cell: Cell) -> tuple[str, States]:
    graph, place, count = direction.place.graph, direction.place, direction.place.spec.cell.states
    projected = cell.project(direction, x)
    if states is None:
        units = graph.ints(place.spec.units)
        size = graph.op("Concat", graph.size(x, 0), units, axis=0)
        states = (graph.op("Expand", graph.number(0), size),) * count
    read = [projected, *([place.lengths.is_step] if place.lengths else [])]
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
    """One step. In the padding the states stay as they are, so that both directions need no
    more.
    """
    place, prefix = direction.place, f"{direction.owner}/"
    graph, dims = Graph(prefix), ("batch", place.spec.units)
    names = [f"{prefix}{index}" for index in range(place.spec.cell.states)]
    before = tuple(graph.input(f"{name}/before", np.float32, dims) for name in names)
    projected = graph.input(f"{prefix}projected", np.float32, ("batch", "numbers"))
    after: Sequence[str] = step(graph, projected, before)
    if place.lengths:
        is_step = graph.input(f"{prefix}is_step", np.bool_, ("batch", 1))
        pairs = zip(after, before, strict=True)
        after = [graph.op("Where", is_step, new, old) for new, old in pairs]
    for name, value in zip(names, after, strict=True):
        graph.output(f"{name}/after", value, np.float32, dims)
    graph.output(f"{prefix}output", after[0], np.float32, dims)
    return graph.body("step")
