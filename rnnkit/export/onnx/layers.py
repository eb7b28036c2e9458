"""Layers without a state as ONNX operations: each is what `engine/layers.py` computes by NumPy."""

from __future__ import annotations

import numpy as np

from rnnkit.export.onnx.activations import ACTIVATIONS
from rnnkit.export.onnx.place import Place
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.pool import LOWEST, Pool

_INT64 = 7  # TensorProto.INT64


def embedding(place: Place, x: str) -> str:
    return place.graph.op("Gather", place.weight("embeddings"), x)


def one_hot(place: Place, x: str) -> str:
    graph = place.graph
    depth = graph.number(place.layer.inputs[1] or 0, np.int64)
    values = graph.constant(np.array([0, 1], np.float32))
    return graph.op("OneHot", graph.op("Cast", x, to=_INT64), depth, values, axis=-1)


def unchanged(place: Place, x: str) -> str:
    return x


def affine(place: Place, x: str) -> str:
    """x W + b."""
    product = place.graph.op("MatMul", x, place.weight("kernel"))
    return place.graph.op("Add", product, place.weight("bias"))


def dense(place: Place, x: str) -> str:
    assert isinstance(place.layer.spec, Dense)
    return ACTIVATIONS[place.layer.spec.activation](place.graph, affine(place, x))


def conv(place: Place, x: str) -> str:
    """By one product of the neighbours side by side, which takes ONNX Runtime less time than Conv,
    where time is the last axis; and a product can be int8.
    """
    spec, graph = place.layer.spec, place.graph
    assert isinstance(spec, Conv)
    before = (spec.width - 1) // 2
    ends = graph.ints(0, before, 0, 0, spec.width - 1 - before, 0)
    around = graph.op("Pad", place.without_padding(x), ends)
    steps, axis = graph.size(x, 1), graph.ints(1)
    neighbours = []
    for start in range(spec.width):
        end = graph.op("Add", steps, graph.ints(start))
        neighbours.append(graph.op("Slice", around, graph.ints(start), end, axis))
    # (width * features, filters)
    kernel = place.weights["kernel"].reshape(-1, spec.filters)
    product = graph.op(
        "MatMul",
        graph.op("Concat", *neighbours, axis=2),
        graph.constant(kernel, f"{place.owner}/kernel"),
    )
    sums = graph.op("Add", product, place.weight("bias"))
    return ACTIVATIONS[spec.activation](graph, sums)


def crf(place: Place, x: str) -> str:
    """The potentials. Emissions and transitions, which they are the sums of, are outputs too."""
    graph, labels = place.graph, place.layer.outputs[-1] or 0
    emissions, transitions = affine(place, x), place.weight("transitions")
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


def tied(place: Place, x: str) -> str:
    table = place.graph.op("Transpose", place.weight("embeddings"), perm=[1, 0])
    return place.graph.op("MatMul", x, table)


def pool(place: Place, x: str) -> str:
    spec, graph, lengths = place.layer.spec, place.graph, place.lengths
    assert isinstance(spec, Pool)
    if spec.mode == "last":
        return place.last_step(x)
    if spec.mode == "mean":
        if lengths is None:
            return graph.op("ReduceMean", x, axes=[1], keepdims=0)
        total = graph.op("ReduceSum", place.without_padding(x), graph.ints(1), keepdims=0)
        counts = graph.op("Cast", lengths.counts, to=1)
        return graph.op("Div", total, graph.op("Unsqueeze", counts, graph.ints(1)))
    lowest = graph.number(LOWEST)
    if spec.mode == "max":
        real = x if lengths is None else graph.op("Where", lengths.is_step, x, lowest)
        return graph.op("ReduceMax", real, axes=[1], keepdims=0)
    hidden = graph.op("Tanh", affine(place, x))
    scores = graph.op("MatMul", hidden, place.weight("score"))  # (batch, timesteps, 1)
    if lengths is not None:
        scores = graph.op("Where", lengths.is_step, scores, lowest)
    shares = graph.op("Softmax", scores, axis=1)
    return graph.op("ReduceSum", graph.op("Mul", shares, x), graph.ints(1), keepdims=0)
