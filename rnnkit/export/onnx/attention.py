"""Attention of a decoder to an encoder's outputs, as ONNX operations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnkit.export.onnx.layer_context import LayerContext, Lengths
from rnnkit.models.layers.attention import LOWEST, Attention


@dataclass(frozen=True)
class Memory:
    """The source as attention reads it.

    Args:
        states: (batch, source timesteps, memory) the encoder's outputs.
        keys: (batch, source timesteps, size) the keys that queries are compared with.
        is_padding: (batch, source timesteps) booleans.
    """

    states: str
    keys: str
    is_padding: str


def remember(context: LayerContext, states: str, lengths: Lengths | None) -> Memory:
    """The memory of an encoder's outputs; without lengths no step is padding."""
    graph = context.graph
    keys = graph.op("MatMul", states, context.weight("keys/kernel"))
    if "keys/bias" in context.weights:
        keys = graph.op("Add", keys, context.weight("keys/bias"))
    if lengths is None:
        steps = graph.op("Shape", states, start=0, end=2)
        return Memory(states, keys, graph.op("Expand", graph.constant(np.array(False)), steps))
    is_step = graph.op("Squeeze", lengths.is_step, graph.ints(2))
    return Memory(states, keys, graph.op("Not", is_step))


def attention(context: LayerContext, x: str, memory: Memory) -> tuple[str, str]:
    """The layer's outputs, and the share of each step of the source: (batch, timesteps, source
    timesteps).
    """
    graph, spec = context.graph, context.layer.spec
    assert isinstance(spec, Attention)
    if spec.score == "multiplicative":
        scores = graph.op("MatMul", x, graph.op("Transpose", memory.keys, perm=[0, 2, 1]))
    else:
        query = graph.op("MatMul", x, context.weight("query/kernel"))
        compared = graph.op(
            "Add",
            graph.op("Unsqueeze", query, graph.ints(2)),
            graph.op("Unsqueeze", memory.keys, graph.ints(1)),
        )
        product = graph.op("MatMul", graph.op("Tanh", compared), context.weight("score/kernel"))
        scores = graph.op("Squeeze", product, graph.ints(3))
    is_padding = graph.op("Unsqueeze", memory.is_padding, graph.ints(1))
    real = graph.op("Where", is_padding, graph.constant(np.array(LOWEST, np.float32)), scores)
    shares = graph.op("Softmax", real, axis=-1)
    both = graph.op("Concat", graph.op("MatMul", shares, memory.states), x, axis=-1)
    return graph.op("Tanh", graph.op("MatMul", both, context.weight("output/kernel"))), shares
