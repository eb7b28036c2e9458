"""The input `words` as ONNX operations: vectors of words, and of their characters or subwords."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnkit.architecture import PADDING
from rnnkit.export.onnx.graph import Graph
from rnnkit.export.onnx.layer_context import LayerContext

_FLOAT = 1  # TensorProto.FLOAT


def words(context: LayerContext, x: str, read: Callable[[str], str], features: int) -> str:
    """(batch, timesteps, 1 + length) ids, the word and its characters or subwords, to (batch,
    timesteps, features).

    Args:
        context: The layer.
        x: The ids.
        read: (words, length) ids of characters or subwords to (words, features).
        features: The size of that.
    """
    graph = context.graph
    first = graph.op("Gather", x, graph.number(0, np.int64), axis=2)
    length = context.layer.spec.data_shape(context.layer.inputs)[1] - 1  # type: ignore[attr-defined]
    rest = graph.op("Slice", x, graph.ints(1), graph.ints(1 + length), graph.ints(2))
    encoded = read(graph.op("Reshape", rest, graph.ints(-1, length)))
    size = graph.op("Shape", x, start=0, end=2)
    shape = graph.op("Concat", size, graph.ints(features), axis=0)
    vectors = graph.op("Gather", context.weight("embeddings"), first)
    return graph.op("Concat", vectors, graph.op("Reshape", encoded, shape), axis=-1)


def subwords(graph: Graph, ids: str, table: str) -> str:
    """(words, length) subwords with PADDING to (words, features): the sum of their vectors, divided
    by the square root of their number.
    """
    is_subword = graph.op("Not", graph.op("Equal", ids, graph.number(PADDING, np.int32)))
    marks = graph.op("Cast", is_subword, to=_FLOAT)
    vectors = graph.op("Mul", graph.op("Gather", table, ids), _column(graph, marks))
    total = graph.op("ReduceSum", vectors, graph.ints(1), keepdims=0)
    count = graph.op("ReduceSum", marks, graph.ints(1), keepdims=1)
    return graph.op("Div", total, graph.op("Sqrt", graph.op("Max", count, graph.number(1))))


def _column(graph: Graph, marks: str) -> str:
    return graph.op("Unsqueeze", marks, graph.ints(2))
