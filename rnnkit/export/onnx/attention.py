"""Attention of a decoder to an encoder's outputs, as ONNX operations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnkit.export.onnx.place import Lengths, Place
from rnnkit.models.layers.attention import LOWEST, Attention


@dataclass(frozen=True)
class Memory:
    """What attention reads of a source.

    Args:
        states: (batch, source timesteps, memory) the encoder's outputs.
        keys: (batch, source timesteps, size) what they are compared by.
        is_padding: (batch, source timesteps) booleans.
    """

    states: str
    keys: str
    is_padding: str


def remember(place: Place, states: str, lengths: Lengths | None) -> Memory:
    """The memory of an encoder's outputs; without lengths every step is real."""
    graph = place.graph
    keys = graph.op("MatMul", states, place.weight("keys/kernel"))
    if "keys/bias" in place.weights:
        keys = graph.op("Add", keys, place.weight("keys/bias"))
    if lengths is None:
        steps = graph.op("Shape", states, start=0, end=2)
        return Memory(states, keys, graph.op("Expand", graph.constant(np.array(False)), steps))
    is_step = graph.op("Squeeze", lengths.is_step, graph.ints(2))
    return Memory(states, keys, graph.op("Not", is_step))


def attention(place: Place, x: str, memory: Memory) -> tuple[str, str]:
    """The layer's outputs, and the share of each step of the source: (batch, timesteps, source
    timesteps).
    """
    graph, spec = place.graph, place.layer.spec
    assert isinstance(spec, Attention)
    if spec.score == "multiplicative":
        scores = graph.op("MatMul", x, graph.op("Transpose", memory.keys, perm=[0, 2, 1]))
    else:
        query = graph.op("MatMul", x, place.weight("query/kernel"))
        compared = graph.op(
            "Add",
            graph.op("Unsqueeze", query, graph.ints(2)),
            graph.op("Unsqueeze", memory.keys, graph.ints(1)),
        )
        product = graph.op("MatMul", graph.op("Tanh", compared), place.weight("score/kernel"))
        scores = graph.op("Squeeze", product, graph.ints(3))
    is_padding = graph.op("Unsqueeze", memory.is_padding, graph.ints(1))
    real = graph.op("Where", is_padding, graph.constant(np.array(LOWEST, np.float32)), scores)
    shares = graph.op("Softmax", real, axis=-1)
    both = graph.op("Concat", graph.op("MatMul", shares, memory.states), x, axis=-1)
    return graph.op("Tanh", graph.op("MatMul", both, place.weight("output/kernel"))), shares
