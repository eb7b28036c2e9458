"""A layer with its graph and weights, and the lengths of its sequences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnnkit.architecture import Layer
from rnnkit.cells import RecurrentSpec
from rnnkit.export.onnx.graph import Graph

Weights = Mapping[str, np.ndarray]
States = tuple[str, ...]

INT32, INT64 = 6, 7  # TensorProto


@dataclass(frozen=True)
class Lengths:
    """The lengths of sequences.

    Args:
        counts: (batch,) int32 lengths, at least 1.
        is_step: (batch, timesteps, 1) booleans, false for padding.
    """

    counts: str
    is_step: str

    @classmethod
    def of(cls, graph: Graph, is_step: str) -> Lengths:
        """The lengths by (batch, timesteps) booleans, false for padding; an empty sequence counts
        as one step.
        """
        steps = graph.op("Cast", is_step, to=INT32)
        real = graph.op("ReduceSum", steps, graph.ints(1), keepdims=0)
        counts = graph.op("Max", real, graph.number(1, np.int32))
        numbers = graph.op("Cast", graph.range(graph.size(is_step, 1)), to=INT32)
        within = graph.op("Less", numbers, graph.op("Unsqueeze", counts, graph.ints(1)))
        return cls(counts, graph.op("Unsqueeze", within, graph.ints(2)))


@dataclass(frozen=True)
class LayerContext:
    """A layer with what is needed to write it.

    Args:
        graph: The graph.
        layer: The layer.
        owner: The prefix of the names of its weights: "encoder/lstm".
        weights: Its weights by name, without the prefix.
        lengths: The lengths of the sequences; None if there is no padding.
    """

    graph: Graph
    layer: Layer
    owner: str
    weights: Weights
    lengths: Lengths | None = None

    @property
    def spec(self) -> RecurrentSpec:
        """The spec of a recurrent layer."""
        assert isinstance(self.layer.spec, RecurrentSpec)
        return self.layer.spec

    def weight(self, name: str) -> str:
        """A weight of the layer as a constant of the graph."""
        return self.graph.constant(self.weights[name], f"{self.owner}/{name}")

    def without_padding(self, x: str) -> str:
        """Sequences (batch, timesteps, features) with zeros for padding."""
        if self.lengths is None:
            return x
        return self.graph.op("Where", self.lengths.is_step, x, self.graph.number(0))

    def last_step(self, x: str) -> str:
        """The last real step of each sequence: (batch, timesteps, features) to (batch,
        features).
        """
        graph = self.graph
        if self.lengths is None:
            return graph.op("Gather", x, graph.number(-1, np.int64), axis=1)
        rows = graph.op("Unsqueeze", graph.range(graph.size(x, 0)), graph.ints(1))
        last = graph.op("Sub", self.lengths.counts, graph.number(1, np.int32))
        steps = graph.op("Unsqueeze", graph.op("Cast", last, to=INT64), graph.ints(1))
        return graph.op("GatherND", x, graph.op("Concat", rows, steps, axis=1))
