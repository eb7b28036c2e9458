"""The graphs of a model: one that answers, or for a model with a state one that reads on from it,
and one that computes the first state where that is not zeros.
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
from rnnkit.export.onnx.place import Place
from rnnkit.export.onnx.recurrent import is_recurrent, last_states, recurrent_from
from rnnkit.export.onnx.table import LAYERS, Written, why_not_written
from rnnkit.export.target import elsewhere

MODEL, STEP, START = "model", "step", "start"
MEMORY, KEYS, IS_PADDING, SHARES = ("memory", "keys", "is_padding", "attention_weights")
NEXT = "/next"

Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Ends:
    """What stands around the layers of a graph that answers.

    Args:
        reads: Declares the inputs; gives what the first layer reads.
        gives: Declares the outputs, of the last layer's.
        condition: Declares the condition of a graph that starts; gives it on the network's scale.
    """

    reads: Callable[[Graph], str]
    gives: Callable[[Graph, str], None]
    condition: Callable[[Graph], str]


def onnx_graphs(
    architecture: Architecture,
    weights: Weights,
    ends: Ends | None = None,
    metadata: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """The contents of the ONNX files of a model, by what they are.

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
        ends: Other inputs and outputs.
        metadata: What each file says of itself.

    Raises:
        RnnkitError: If ONNX cannot say what a layer computes, or a file is too large.
    """
    if reason := why_not_written(architecture):
        expected = "Expected layers that ONNX has operations for"
        hint = elsewhere(architecture.why_not_exported(), "keras or saved_model")
        raise RnnkitError("", reason, expected, hint)
    ends = ends or plain_ends(architecture)
    if not has_state(architecture):
        return {MODEL: _model(architecture, weights, ends).model(MODEL, metadata)}
    graphs = {STEP: _step(architecture, weights, ends).model(STEP, metadata)}
    if architecture.condition:
        graphs[START] = _start(architecture, weights, ends).model(START, metadata)
    return graphs


def has_state(architecture: Architecture) -> bool:
    """Whether the model is asked for one step after the other, with its state."""
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


def plain_ends(architecture: Architecture) -> Ends:
    """The data as the first layer reads them, and the last layer's outputs as they are."""
    return Ends(
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
    """The shape of the data."""
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


def _model(architecture: Architecture, weights: Weights, ends: Ends) -> Graph:
    graph = Graph()
    ends.gives(graph, Written(graph, architecture, weights).outputs(ends.reads(graph)))
    return graph


def _step(architecture: Architecture, weights: Weights, ends: Ends) -> Graph:
    graph, names = Graph(), state_names(architecture)
    x = ends.reads(graph)
    for place in Written(graph, architecture, weights).places(None):
        layer = place.layer
        if layer.spec.reads_memory:
            x, shares = attention(place, x, _memory(graph, place))
            dims = ("batch", "time", "source_time")
            graph.output(SHARES, shares, np.float32, dims, further=True)
        elif layer.name in names:
            sizes = dict(zip(names[layer.name], _sizes(layer), strict=True))
            before = [
                graph.input(name, np.float32, ("batch", size)) for name, size in sizes.items()
            ]
            x, after = recurrent_from(place, x, tuple(before))
            for (name, size), value in zip(sizes.items(), after, strict=True):
                graph.output(f"{name}{NEXT}", value, np.float32, ("batch", size), further=True)
        else:
            x = LAYERS[type(layer.spec)](place, x)
    ends.gives(graph, x)
    return graph


def _start(architecture: Architecture, weights: Weights, ends: Ends) -> Graph:
    graph = Graph()
    if architecture.encoder:
        condition = _encoded(graph, architecture, weights)
    else:
        condition = ends.condition(graph)
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
    """The last states of an encoder side by side; what attention reads becomes outputs."""
    encoder = architecture.encoder
    assert encoder
    source = graph.input("source", np.int32, input_dims(encoder, "source_time"))
    own = {
        name.removeprefix("encoder/"): array
        for name, array in weights.items()
        if name.startswith("encoder/")
    }
    written = Written(graph, encoder, own, "encoder/")
    x, lengths = written.read(source)
    last: list[str] = []
    for place in written.places(lengths):
        x = LAYERS[type(place.layer.spec)](place, x)
        if is_recurrent(place.layer.spec):
            last += last_states(place, x)
    for place in Written(graph, architecture, weights).places(None):
        if place.layer.spec.reads_memory:
            memory = remember(place, x, lengths)
            values = (memory.states, memory.keys, memory.is_padding)
            for (name, dtype, dims), value in zip(_remembered(place), values, strict=True):
                graph.output(name, value, dtype, dims, further=True)
    return graph.op("Concat", *last, axis=-1)


def _memory(graph: Graph, place: Place) -> Memory:
    return Memory(*(graph.input(name, dtype, dims) for name, dtype, dims in _remembered(place)))


def _remembered(place: Place) -> list[tuple[str, type, Dims]]:
    """Name, type and shape of what attention reads of a source."""
    memory, size = place.weights["keys/kernel"].shape
    steps = ("batch", "source_time")
    return [
        (MEMORY, np.float32, (*steps, memory)),
        (KEYS, np.float32, (*steps, size)),
        (IS_PADDING, np.bool_, steps),
    ]


def _sizes(layer: Layer) -> list[int]:
    return [shape[0] or 0 for shape in layer.spec.state_shapes(layer.inputs)]
