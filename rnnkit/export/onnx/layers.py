"""Layers without a state as ONNX operations: each is what `engine/layers.py` computes by NumPy."""

from __future__ import annotations

import numpy as np

from rnnkit.export.onnx.activations import ACTIVATIONS
from rnnkit.export.onnx.layer_context import LayerContext
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.pool import LOWEST, Pool

_INT64 = 7  # TensorProto.INT64


def embedding(context: LayerContext, x: str) -> str:
    return context.graph.op("Gather", context.weight("embeddings"), x)


def one_hot(context: LayerContext, x: str) -> str:
    graph = context.graph
    depth = graph.number(context.layer.inputs[1] or 0, np.int64)
    values = graph.constant(np.array([0, 1], np.float32))
    return graph.op("OneHot", graph.op("Cast", x, to=_INT64), depth, values, axis=-1)


def unchanged(context: LayerContext, x: str) -> str:
    return x


def affine(context: LayerContext, x: str) -> str:
    """x W + b."""
    product = context.graph.op("MatMul", x, context.weight("kernel"))
    return context.graph.op("Add", product, context.weight("bias"))


def dense(context: LayerContext, x: str) -> str:
    assert isinstance(context.layer.spec, Dense)
    return ACTIVATIONS[context.layer.spec.activation](context.graph, affine(context, x))


def conv(context: LayerContext, x: str) -> str:
    """One matrix product of concatenated neighbours: faster in ONNX Runtime than Conv, which needs
    time as the last axis, and it can be quantized.
    """
    spec, graph = context.layer.spec, context.graph
    assert isinstance(spec, Conv)
    before = (spec.width - 1) // 2
    ends = graph.ints(0, before, 0, 0, spec.width - 1 - before, 0)
    around = graph.op("Pad", context.without_padding(x), ends)
    steps, axis = graph.size(x, 1), graph.ints(1)
    neighbours = []
    for start in range(spec.width):
        end = graph.op("Add", steps, graph.ints(start))
        neighbours.append(graph.op("Slice", around, graph.ints(start), end, axis))
    # (width * features, filters)
    kernel = context.weights["kernel"].reshape(-1, spec.filters)
    product = graph.op(
        "MatMul",
        graph.op("Concat", *neighbours, axis=2),
        graph.constant(kernel, f"{context.owner}/kernel"),
    )
    sums = graph.op("Add", product, context.weight("bias"))
    return ACTIVATIONS[spec.activation](graph, sums)


def crf(context: LayerContext, x: str) -> str:
    """The potentials; their summands, emissions and transitions, become outputs, too."""
    graph, labels = context.graph, context.layer.outputs[-1] or 0
    emissions, transitions = affine(context, x), context.weight("transitions")
    after = graph.op("Slice", transitions, graph.ints(0), graph.ints(labels), graph.ints(0))
    first = graph.op("Gather", transitions, graph.number(labels, np.int64))
    is_first = graph.op("Equal", graph.range(graph.size(x, 1)), graph.number(0, np.int64))
    is_first = graph.op("Unsqueeze", is_first, graph.ints(1, 2))
    before = graph.op("Where", is_first, first, after)  # (timesteps, labels, labels)
    potentials = graph.op("Add", graph.op("Unsqueeze", emissions, graph.ints(2)), before)
    dims = ("batch", "time", labels)
    graph.output("emissions", emissions, np.float32, dims, further=True)
    table = (labels + 1, labels)
    graph.output("transitions", transitions, np.float32, table, further=True)
    return potentials


def tied(context: LayerContext, x: str) -> str:
    table = context.graph.op("Transpose", context.weight("embeddings"), perm=[1, 0])
    return context.graph.op("MatMul", x, table)


def pool(context: LayerContext, x: str) -> str:
    spec, graph, lengths = context.layer.spec, context.graph, context.lengths
    assert isinstance(spec, Pool)
    if spec.mode == "last":
        return context.last_step(x)
    if spec.mode == "mean":
        if lengths is None:
            return graph.op("ReduceMean", x, axes=[1], keepdims=0)
        total = graph.op("ReduceSum", context.without_padding(x), graph.ints(1), keepdims=0)
        counts = graph.op("Cast", lengths.counts, to=1)
        return graph.op("Div", total, graph.op("Unsqueeze", counts, graph.ints(1)))
    lowest = graph.number(LOWEST)
    if spec.mode == "max":
        real = x if lengths is None else graph.op("Where", lengths.is_step, x, lowest)
        return graph.op("ReduceMax", real, axes=[1], keepdims=0)
    hidden = graph.op("Tanh", affine(context, x))
    scores = graph.op("MatMul", hidden, context.weight("score"))  # (batch, timesteps, 1)
    if lengths is not None:
        scores = graph.op("Where", lengths.is_step, scores, lowest)
    shares = graph.op("Softmax", scores, axis=1)
    return graph.op("ReduceSum", graph.op("Mul", shares, x), graph.ints(1), keepdims=0)
