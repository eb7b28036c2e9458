"""Back-propagation through time in numbers: the gradient of a loss at each step and weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.engine.gradients import Gradients, LayerGradients, backward
from rnnkit.engine.recorder import Call
from rnnkit.engine.traced import Traced
from rnnkit.errors import RnnkitError
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Codec
from rnnkit.workflows.inspect.tokens import read_tokens

STATES = ("h", "c")


@dataclass(frozen=True)
class BackwardDirection:
    """The steps of a direction of a recurrent layer, in the order in which they are read.

    Args:
        layer: The layer's name.
        name: "", "forward" or "backward".
        tokens: What is read at each step.
        steps: For each step, the gradient of each value, by name: the state's, "h" and "c", first.
        first: The index of the first of these steps.
    """

    layer: str
    name: str
    tokens: list[str]
    steps: list[dict[str, np.ndarray]]
    first: int


@dataclass(frozen=True)
class WeightGradient:
    """dL/dW of a weight W.

    Args:
        name: "layer/weight".
        shape: Its shape.
        norm: The L2 norm of the gradient.
        largest: Its largest absolute value.
        values: The gradient, in the shape of the weight.
    """

    name: str
    shape: tuple[int, ...]
    norm: float
    largest: float
    values: np.ndarray


@dataclass(frozen=True)
class Backward:
    """A loss, and its gradients with respect to states and weights.

    Args:
        loss: The loss, in nats if it is a cross-entropy.
        of: The answer that it is the loss of, in words.
        directions: Gradients of the states, of the last layer first.
        weights: Gradients of the weights, in the order of the layers.
    """

    loss: float
    of: str
    directions: list[BackwardDirection]
    weights: list[WeightGradient]


@runtime_checkable
class _Translates(Protocol):
    @property
    def target(self) -> Tokenizer: ...

    @property
    def ends(self) -> tuple[int, int]: ...


@dataclass(frozen=True)
class AnsweredText:
    """A model, and its recorded calls for one text.

    Args:
        network: The model and its loss.
        codec: The run's codec.
        weights: "layer/weight" to arrays.
        calls: The calls of the model, the encoder's first.
        answer: The run's answer, in words.
    """

    network: Network[Any, Any]
    codec: Codec
    weights: Mapping[str, np.ndarray]
    calls: Sequence[Call]
    answer: str


def traced_loss(answered: AnsweredText, target: str | None) -> tuple[Traced, Any, str]:
    """The loss of an answer, computed so that it can be differentiated.

    Args:
        answered: The model and what it read.
        target: The right answer; the model's own if None.

    Returns:
        The engine, the loss, and the answer that it is the loss of, in words.
    """
    architecture, network = answered.network.architecture, answered.network
    engine = Traced(architecture, answered.weights, rows=True)
    if architecture.encoder is not None and isinstance(answered.codec, _Translates):
        words = answered.answer if target is None else target
        start, end = answered.codec.ends
        known = answered.codec.target.encode_known(words)
        tokens = np.array([[start, *known, end]], np.int32)
        source = next(call.inputs for call in answered.calls if call.encodes)
        outputs, _ = engine.step(tokens[:, :-1], engine.init_state(1, source[:1]))
        weights = np.ones((1, tokens.shape[1] - 1), np.float32)
        return engine, network.loss(outputs, tokens[:, 1:], weights), f"loss of {words!r}"
    if architecture.carries_state or architecture.condition is not None:
        inputs = np.concatenate([call.inputs for call in answered.calls], axis=1)
        states = engine.init_state(1, answered.calls[0].condition)
        outputs = engine.step(inputs, states)[0]
    else:
        last = answered.calls[-1]
        length = int(last.layers[0].lengths[0])  # without the padding of a batch
        outputs = engine.outputs(last.inputs[:1, :length])
    loss, words = network.loss_of_answer(outputs, target)
    return engine, loss, words


def back_through_time(
    answered: AnsweredText, target: str | None, layer: str | None = None, steps: range | None = None
) -> Backward:
    """The gradients of an answer's loss at each step and weight.

    Args:
        answered: The model and what it read.
        target: As in `traced_loss`.
        layer: The only recurrent layer to return; None for all.
        steps: The steps to return; None for all.

    Raises:
        RnnkitError: If the target is not an answer of this model.
    """
    engine, loss, words = traced_loss(answered, target)
    if not np.isfinite(loss.value):
        raise RnnkitError("", f"a loss of {loss.value}", "Expected weights that are numbers")
    gradients = backward(engine, loss)
    directions = [
        direction
        for direction in _directions(engine, gradients, answered.codec, steps)
        if layer in (None, direction.layer)
    ]
    return Backward(float(loss.value), words, directions, list(_weights(gradients)))


def _directions(
    engine: Traced, gradients: Gradients, codec: Codec, selected: range | None
) -> Iterator[BackwardDirection]:
    for call, layers in zip(reversed(engine.calls), reversed(gradients.calls), strict=True):
        tokens = read_tokens(call, codec)
        chosen = selected or range(len(tokens))
        for layer in reversed(layers):
            name = call.name_of(layer.layer)
            for direction in layer.states:
                read = tokens[::-1] if direction == "backward" else tokens
                steps = list(_steps(layer, direction))[: len(read)]
                span = slice(chosen.start, chosen.stop)
                yield BackwardDirection(name, direction, read[span], steps[span], chosen.start)


def _steps(layer: LayerGradients, direction: str) -> Iterator[dict[str, np.ndarray]]:
    """For each step the gradients of its values by name, the state's first."""
    states = layer.states[direction]
    names = [*STATES, *(f"s{index}" for index in range(len(STATES), len(states)))]
    for step in range(states[0].shape[1]):
        of_state = {
            name: array[0, step] for name, array in zip(names[: len(states)], states, strict=True)
        }
        rows = layer.rows[direction][step] if layer.rows[direction] else {}
        rest = {
            name: np.ravel(array) for name, array in reversed(rows.items()) if name not in of_state
        }
        yield of_state | rest


def _weights(gradients: Gradients) -> Iterator[WeightGradient]:
    for name, array in gradients.weights.items():
        norm, largest = float(np.sqrt(np.square(array).sum())), float(np.abs(array).max(initial=0))
        yield WeightGradient(name, array.shape, norm, largest, array)
