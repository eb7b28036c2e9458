"""Which ONNX operations say what a layer computes, and a list of layers by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from rnnkit.architecture import Architecture, LayerSpec
from rnnkit.engine.recurrent import weights_below
from rnnkit.export.onnx import layers
from rnnkit.export.onnx.cells import CELLS
from rnnkit.export.onnx.graph import Graph
from rnnkit.export.onnx.operations import OPERATIONS
from rnnkit.export.onnx.place import Lengths, Place
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
class Written:
    """A list of layers in a graph.

    Args:
        graph: The graph.
        architecture: The layers.
        weights: "layer/weight" to arrays.
        owner: What the names of weights begin with in the graph: "encoder/".
    """

    graph: Graph
    architecture: Architecture
    weights: Mapping[str, np.ndarray]
    owner: str = ""

    def places(self, lengths: Lengths | None) -> Iterator[Place]:
        """Every layer in its place."""
        for layer in self.architecture.layers:
            name = layer.ties or layer.name
            own = weights_below(name, self.weights)
            yield Place(self.graph, layer, f"{self.owner}{name}", own, lengths)

    def read(self, data: str) -> tuple[str, Lengths | None]:
        """What the first layer reads of the data, and how long the sequences are; None if every
        step is real.
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
        for place in self.places(lengths):
            x = LAYERS[type(place.layer.spec)](place, x)
        return x


def why_not_written(architecture: Architecture) -> str:
    """What of a model ONNX cannot say, with the layer's name; "" if it can say all."""
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


def _words(place: Place, x: str) -> str:
    spec, graph = place.layer.spec, place.graph
    assert isinstance(spec, Words)
    inner = spec.inner()

    def read(ids: str) -> str:
        if inner is None:
            return subwords(graph, ids, place.weight("subwords/embeddings"))
        own = weights_below("characters", place.weights)
        return Written(graph, inner, own, f"{place.owner}/characters/").outputs(ids)

    return words(place, x, read, spec.encoder.features)


# By the very class: a user's own subclass may compute something else.
LAYERS: dict[type[LayerSpec], Callable[[Place, str], str]] = {
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
