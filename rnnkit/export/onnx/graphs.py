"""The graphs of a model: "model" computes outputs in one call; for a model with a state, "step"
continues from a state, and "start" computes the first state unless it is zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

import numpy as np

from rnnkit.architecture import Architecture, Layer
from rnnkit.errors import RnnkitError
from rnnkit.export.onnx.attention import Memory, attention, remember
from rnnkit.export.onnx.graph import Dims, Graph
from rnnkit.export.onnx.layer_context import LayerContext
from rnnkit.export.onnx.layer_table import LAYERS, LayerWriter, why_not_written
from rnnkit.export.onnx.recurrent import is_recurrent, last_states, recurrent_from
from rnnkit.export.target import elsewhere

MODEL, STEP, START = "model", "step", "start"
MEMORY, KEYS, IS_PADDING, SHARES = ("memory", "keys", "is_padding", "attention_weights")
NEXT = "/next"

Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Interface:
    """The inputs and outputs of a graph, around its layers.

    Args:
        read: Declares the inputs, and returns the input of the first layer.
        write: Declares the outputs, computed from the output of the last layer.
        condition: Declares the condition of "start", and returns it on the network's scale.
    """

    read: Callable[[Graph], str]
    write: Callable[[Graph, str], None]
    condition: Callable[[Graph], str]


def onnx_graphs(
    architecture: Architecture,
    weights: Weights,
    interface: Interface | None = None,
    metadata: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """The contents of the ONNX files of a model, by the names of the graphs.

    "model" answers in one call: `tokens` (batch, time) int32, for words with characters or subwords
    (batch, time, 1 + length), or `numbers` (batch, time, features) float32, as `Engine.outputs`
    takes them; its first output is what that gives.

    A model with a state (`architecture.carries_state`, a condition or an encoder) has "step" in its
    place, which is `Engine.step`: `tokens`, and for each state an input such as `lstm/0` (batch,
    units), and an output `lstm/0/next`, in the order of `state_names`. Where there is attention, it
    also takes `memory`, `keys` and `is_padding` and gives `attention_weights`.

    "start" gives those inputs by their names, as `Engine.init_state` does: of `source` (batch,
    source_time) where there is an encoder, of `condition` (batch, features) where there is a
    condition. Without it the first states are zeros.

    Args:
        architecture: The resolved list of layers.
        weights: "layer/weight" to float32 arrays.
        interface: The inputs and outputs; None for those above.
        metadata: The metadata of each file.

    Raises:
        RnnkitError: If ONNX cannot express a layer, or a file is too large.
    """
    if reason := why_not_written(architecture):
        expected = "Expected layers that ONNX has operations for"
        hint = elsewhere(architecture.why_not_exported(), "keras or saved_model")
        raise RnnkitError("", reason, expected, hint)
    interface = interface or plain_interface(architecture)
    if not has_state(architecture):
        return {MODEL: _model(architecture, weights, interface).model(MODEL, metadata)}
    graphs = {STEP: _step(architecture, weights, interface).model(STEP, metadata)}
    if architecture.condition:
        graphs[START] = _start(architecture, weights, interface).model(START, metadata)
    return graphs


def has_state(architecture: Architecture) -> bool:
    """Whether the model is run step by step, with a state."""
    return architecture.carries_state or architecture.condition is not None


def state_names(architecture: Architecture) -> dict[str, tuple[str, ...]]:
    """The inputs of "step" for each recurrent layer's state, by the layer's name; the output of the
    same name with "/next" is the state after the step.
    """
    return {
        layer.name: tuple(f"{layer.name}/{index}" for index in range(len(_sizes(layer))))
        for layer in architecture.layers
        if is_recurrent(layer.spec)
    }


def plain_interface(architecture: Architecture) -> Interface:
    """The inputs of the first layer and the outputs of the last one, unchanged."""
    return Interface(
        lambda graph: plain_input(graph, architecture),
        lambda graph, value: plain_output(graph, architecture, value),
        lambda graph: plain_condition(graph, architecture),
    )


def plain_input(graph: Graph, architecture: Architecture, time: str = "time") -> str:
    """Token ids or numbers, as the engine takes them."""
    name = "tokens" if architecture.input_dtype == "int32" else "numbers"
    return graph.input(name, architecture.input_dtype, input_dims(architecture, time))


def plain_condition(graph: Graph, architecture: Architecture) -> str:
    """The condition as the engine takes it."""
    assert architecture.condition
    features = architecture.condition.inputs[0] or 0
    return graph.input("condition", np.float32, ("batch", features))


def input_dims(architecture: Architecture, time: str = "time") -> Dims:
    """The shape of the inputs."""
    return ("batch", time, *(size or 0 for size in architecture.input_shape[1:]))


def plain_output(graph: Graph, architecture: Architecture, value: str) -> None:
    """The last layer's outputs, by its name; those of a CRF are `potentials`."""
    last = architecture.layers[-1]
    name = "potentials" if last.kind == "crf" else last.name
    graph.output(name, value, np.float32, output_dims(architecture))


def output_dims(architecture: Architecture) -> Dims:
    """The shape of the last layer's outputs."""
    last = architecture.layers[-1]
    each_step = last.sequence and len(last.outputs) > 1
    sizes = last.outputs[1:] if each_step else last.outputs
    return ("batch", *(["time"] if each_step else []), *(size or 0 for size in sizes))


def _model(architecture: Architecture, weights: Weights, interface: Interface) -> Graph:
    graph = Graph()
    interface.write(graph, LayerWriter(graph, architecture, weights).outputs(interface.read(graph)))
    return graph


def _step(architecture: Architecture, weights: Weights, interface: Interface) -> Graph:
    graph, names = Graph(), state_names(architecture)
    x = interface.read(graph)
    for context in LayerWriter(graph, architecture, weights).contexts(None):
        layer = context.layer
        if layer.spec.reads_memory:
            x, shares = attention(context, x, _memory(graph, context))
            dims = ("batch", "time", "source_time")
            graph.output(SHARES, shares, np.float32, dims, further=True)
        elif layer.name in names:
            sizes = dict(zip(names[layer.name], _sizes(layer), strict=True))
            before = [
                graph.input(name, np.float32, ("batch", size)) for name, size in sizes.items()
            ]
            x, after = recurrent_from(context, x, tuple(before))
            for (name, size), value in zip(sizes.items(), after, strict=True):
                graph.output(f"{name}{NEXT}", value, np.float32, ("batch", size), further=True)
        else:
            x = LAYERS[type(layer.spec)](context, x)
    interface.write(graph, x)
    return graph


def _start(architecture: Architecture, weights: Weights, interface: Interface) -> Graph:
    graph = Graph()
    if architecture.encoder:
        condition = _encoded(graph, architecture, weights)
    else:
        condition = interface.condition(graph)
    index = count()
    for layer in architecture.layers:
        for name, size in zip(
            state_names(architecture).get(layer.name, ()), _sizes(layer), strict=False
        ):
            own = f"condition/{next(index)}"
            kernel, bias = (
                graph.constant(weights[f"{own}/{key}"], f"{own}/{key}")
                for key in ("kernel", "bias")
            )
            sums = graph.op("Add", graph.op("MatMul", condition, kernel), bias)
            graph.output(name, graph.op("Tanh", sums), np.float32, ("batch", size))
    return graph


def _encoded(graph: Graph, architecture: Architecture, weights: Weights) -> str:
    """The last states of an encoder, concatenated; the memory of attention becomes outputs."""
    encoder = architecture.encoder
    assert encoder
    source = graph.input("source", np.int32, input_dims(encoder, "source_time"))
    own = {
        name.removeprefix("encoder/"): array
        for name, array in weights.items()
        if name.startswith("encoder/")
    }
    written = LayerWriter(graph, encoder, own, "encoder/")
    x, lengths = written.read(source)
    last: list[str] = []
    for context in written.contexts(lengths):
        x = LAYERS[type(context.layer.spec)](context, x)
        if is_recurrent(context.layer.spec):
            last += last_states(context, x)
    for context in LayerWriter(graph, architecture, weights).contexts(None):
        if context.layer.spec.reads_memory:
            memory = remember(context, x, lengths)
            values = (memory.states, memory.keys, memory.is_padding)
            for (name, dtype, dims), value in zip(_remembered(context), values, strict=True):
                graph.output(name, value, dtype, dims, further=True)
    return graph.op("Concat", *last, axis=-1)


def _memory(graph: Graph, context: LayerContext) -> Memory:
    return Memory(*(graph.input(name, dtype, dims) for name, dtype, dims in _remembered(context)))


def _remembered(context: LayerContext) -> list[tuple[str, type, Dims]]:
    """The name, type and shape of each part of the memory of attention."""
    memory, size = context.weights["keys/kernel"].shape
    steps = ("batch", "source_time")
    return [
        (MEMORY, np.float32, (*steps, memory)),
        (KEYS, np.float32, (*steps, size)),
        (IS_PADDING, np.bool_, steps),
    ]


def _sizes(layer: Layer) -> list[int]:
    return [shape[0] or 0 for shape in layer.spec.state_shapes(layer.inputs)]
