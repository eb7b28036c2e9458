"""Resolves a config's layers and a task's head to one list, with names and shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rnnkit.architecture.architecture import Architecture
from rnnkit.architecture.layers import InputSpec, Layer, LayerSpec, Shape
from rnnkit.errors import RnnkitError
from rnnkit.registry import name_of


class ShapeMistake(RnnkitError):
    """A layer that does not fit in its place; `index` is its position in the list, None for the
    head.
    """

    def __init__(self, index: int | None, got: str, expected: str, hint: str = ""):
        super().__init__(
            "model.layers" if index is None else f"model.layers.{index}", got, expected, hint
        )
        self.index = index


@dataclass(frozen=True, kw_only=True)
class Interface:
    """What a model reads, and at which steps it has an output.

    Args:
        timesteps: The length of a sequence; None if it varies.
        features: The vocabulary's size for token ids, the number of columns for numbers; None if
            it is not known yet.
        sequence_output: Whether the head has an output at every step.
        padded: Whether token id 0 is padding at the end of a sequence, which is masked.
        carries_state: Whether a text is read in chunks, with the state carried between them.
    """

    timesteps: int | None
    features: int | None
    sequence_output: bool
    padded: bool = False
    carries_state: bool = False


def resolve(
    name: str,
    first: InputSpec,
    body: Sequence[LayerSpec],
    head: Mapping[str, LayerSpec],
    interface: Interface,
) -> Architecture:
    """Gives every layer its name and shapes.

    Args:
        name: The model's name.
        first: The input layer (embedding, one_hot, none).
        body: The layers of the config.
        head: The layers that the task adds, by name.
        interface: What the model reads, and at which steps it has an output.

    Raises:
        ShapeMistake: If a layer does not fit in its place.
    """
    specs = [first, *body, *head.values()]
    kinds = [
        name_of("input", type(first)),
        *(spec.added_by_task or name_of("layer", type(spec)) for spec in specs[1:]),
    ]
    names = [*_names(kinds[: len(body) + 1]), *head]
    data: Shape = (interface.timesteps, interface.features)
    shape = data
    layers: list[Layer] = []
    for position, spec in enumerate(specs):
        if spec.consumes_sequence:
            _check_sequence(position - 1, spec, kinds[position], shape, layers, interface.padded)
        sequence = interface.sequence_output or any(
            later.consumes_sequence for later in specs[position + 1 :]
        )
        outputs = spec.output_shape(shape, sequence)
        ties = layers[0].name if kinds[position] == "tied" else None
        layers.append(Layer(names[position], kinds[position], spec, shape, outputs, sequence, ties))
        shape = outputs
    _check_outputs(layers, interface.sequence_output)
    return Architecture(
        name,
        first.data_shape(data),
        first.dtype,
        tuple(layers),
        interface.carries_state,
        padded=interface.padded,
    )


def _check_sequence(
    index: int, spec: LayerSpec, kind: str, shape: Shape, before: Sequence[Layer], padded: bool
) -> None:
    """A layer that reads along time needs a sequence, and must handle its padding."""
    if len(shape) < 2:
        raise _sequence_is_gone(index, kind, before)
    if padded and not spec.handles_padding:
        raise ShapeMistake(
            index,
            f"{kind} reads along time and across the padding",
            "Expected a layer whose `connect` handles lengths",
            "Write one, or `data.mask: false` and `data.batching: fixed`",
        )


def _check_outputs(layers: Sequence[Layer], sequence_output: bool) -> None:
    """The head must have an output at every step, or one in all, as the task requires."""
    is_sequence = len(layers[-1].outputs) > 1
    if sequence_output and not is_sequence:
        last = next(position for position, layer in enumerate(layers) if len(layer.outputs) < 2)
        kind = layers[last].kind
        raise ShapeMistake(
            last - 1,
            f"a {kind} returns one vector",
            "Expected a sequence: this task predicts at every step",
            f"Remove the {kind}",
        )
    if is_sequence and not sequence_output:
        raise ShapeMistake(
            None,
            "no layer turns the sequence into one vector",
            "Expected a recurrent layer or a pool",
            "Add one",
        )


def _sequence_is_gone(index: int, kind: str, before: Sequence[Layer]) -> ShapeMistake:
    pool = next(layer for layer in reversed(before) if layer.spec.consumes_sequence)
    return ShapeMistake(
        index,
        f"{kind} after {pool.kind}, which returns one vector, not a sequence",
        "Expected the recurrent layers first, then at most one pool",
        "Remove one of the two pools" if kind == pool.kind else f"Move it before the {pool.kind}",
    )


def _names(kinds: Sequence[str]) -> list[str]:
    """Readable names: "lstm" if there is one, "lstm_1" and "lstm_2" if there are two."""
    words = ["numbers" if kind == "none" else kind.replace(":", ".") for kind in kinds]
    total, seen = Counter(words), Counter[str]()
    names = []
    for word in words:
        seen[word] += 1
        names.append(f"{word}_{seen[word]}" if total[word] > 1 else word)
    return names
