"""The table from layers to functions that write their ONNX operations, and a writer for lists of
layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rnnkit.architecture import Architecture, LayerSpec
from rnnkit.engine.recurrent import weights_below
from rnnkit.export.onnx import layers
from rnnkit.export.onnx.cells import CELLS
from rnnkit.export.onnx.graph import Graph
from rnnkit.export.onnx.layer_context import LayerContext, Lengths
from rnnkit.export.onnx.operations import OPERATIONS
from rnnkit.export.onnx.recurrent import recurrent
from rnnkit.export.onnx.words import subwords, words
from rnnkit.models.layers.attention import Attention
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.crf import CRF
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from rnnkit.models.layers.tied import Tied
from rnnkit.models.layers.words import Words


@dataclass(frozen=True)
class LayerWriter:
    """Writes a list of layers into a graph.

    Args:
        graph: The graph.
        architecture: The layers.
        weights: "layer/weight" to arrays.
        owner: The prefix of the names of weights in the graph: "encoder/".
    """

    graph: Graph
    architecture: Architecture
    weights: Mapping[str, np.ndarray]
    owner: str = ""

    def contexts(self, lengths: Lengths | None) -> Iterator[LayerContext]:
        """The context of each layer."""
        for layer in self.architecture.layers:
            name = layer.ties or layer.name
            weights = weights_below(name, self.weights)
            yield LayerContext(self.graph, layer, f"{self.owner}{name}", weights, lengths)

    def read(self, data: str) -> tuple[str, Lengths | None]:
        """The input of the first layer, and the lengths of the sequences; None if there is no
        padding.
        """
        graph, first = self.graph, self.architecture.input_spec
        if not self.architecture.padded:
            return data, None
        if isinstance(first, Numeric):
            feature = graph.op("Gather", data, graph.number(0, np.int64), axis=2)
            is_step = graph.op("Not", graph.op("IsNaN", feature))
            numbers = graph.op("Where", graph.op("IsNaN", data), graph.number(0), data)
            return numbers, Lengths.of(graph, is_step)
        ids = data
        if isinstance(first, Words):
            ids = graph.op("Gather", data, graph.number(0, np.int64), axis=2)
        is_padding = graph.op("Equal", ids, graph.number(0, np.int32))
        return data, Lengths.of(graph, graph.op("Not", is_padding))

    def outputs(self, data: str) -> str:
        """The last layer's outputs."""
        x, lengths = self.read(data)
        for context in self.contexts(lengths):
            x = LAYERS[type(context.layer.spec)](context, x)
        return x


def why_not_written(architecture: Architecture) -> str:
    """The first layer that ONNX cannot express, with the reason; "" if it can express all."""
    return next((f"{name}: {reason}" for name, reason in _obstacles(architecture)), "")


def _obstacles(architecture: Architecture, owner: str = "") -> Iterator[tuple[str, str]]:
    for layer in architecture.layers:
        name, spec = f"{owner}{layer.name}", layer.spec
        if type(spec) not in LAYERS and type(spec) is not Attention:
            yield name, f"no ONNX operations are known for the layer {layer.kind}"
        elif type(spec) is Words and (inner := spec.inner()):
            yield from _obstacles(inner, f"{name}/characters/")
    if architecture.encoder:
        yield from _obstacles(architecture.encoder, f"{owner}encoder/")


def _words(context: LayerContext, x: str) -> str:
    spec, graph = context.layer.spec, context.graph
    assert isinstance(spec, Words)
    inner = spec.inner()

    def read(ids: str) -> str:
        if inner is None:
            return subwords(graph, ids, context.weight("subwords/embeddings"))
        own = weights_below("characters", context.weights)
        return LayerWriter(graph, inner, own, f"{context.owner}/characters/").outputs(ids)

    return words(context, x, read, spec.encoder.features)


# by exact class, as a user's subclass may compute something else
LAYERS: dict[type[LayerSpec], Callable[[LayerContext, str], str]] = {
    CRF: layers.crf,
    Conv: layers.conv,
    Dense: layers.dense,
    Dropout: layers.unchanged,
    Embedding: layers.embedding,
    Numeric: layers.unchanged,
    OneHot: layers.one_hot,
    Pool: layers.pool,
    Tied: layers.tied,
    Words: _words,
    **dict.fromkeys([*CELLS, *OPERATIONS], recurrent),
}
