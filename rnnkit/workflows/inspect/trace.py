"""A model's answer to one text, step by step in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.engine.equations import Step, steps
from rnnkit.engine.recorder import Call, LayerCall, Recorder
from rnnkit.engine.recurrent import initial_state, is_cell_alone, weights_below
from rnnkit.errors import RnnkitError, at
from rnnkit.tasks.prepared import Codec
from rnnkit.workflows.inspect.backward import AnsweredText, Backward, back_through_time
from rnnkit.workflows.inspect.layers import (
    recurrent_layers,
    require_known,
    require_units,
    spec_of,
)
from rnnkit.workflows.inspect.model_with_weights import trained_or_initial
from rnnkit.workflows.inspect.queries import newest_forecast, query_and_answer
from rnnkit.workflows.inspect.tokens import read_tokens

STARTS = "tanh(condition W + b), the states before the first step"
MOST_CALLS = 50  # of a model that is called once per token


@dataclass(frozen=True)
class Direction:
    """The steps of a recurrent layer in the order in which they are read.

    Args:
        name: "", "forward" or "backward".
        weights: The shapes of its weights, by their names in the formulas.
        tokens: The token read at each step; "step N" for a model that reads numbers.
        steps: The selected steps.
        first: The index of the first of them.
    """

    name: str
    weights: Mapping[str, tuple[int, ...]]
    tokens: list[str]
    steps: list[Step]
    first: int


@dataclass(frozen=True)
class LayerTrace:
    """The output of a layer and, if it is recurrent, its steps.

    Args:
        name: The layer's; of an encoder "encoder/NAME".
        kind: As a config names it.
        inputs: The shape of its input, without the batch.
        outputs: The shape of its output, without the batch.
        values: Its output; that of the last step if it has one for each step.
        directions: The steps of each direction of a recurrent layer; else empty.
        formula: The formula of first states that a condition gives; "" for other layers.
    """

    name: str
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    values: np.ndarray
    directions: list[Direction]
    formula: str = ""


@dataclass(frozen=True)
class Trace:
    """A run's answer to a text, with what each layer computed.

    Args:
        calls: The layers of each call of the model.
        answers: The run's answers, as `predict` prints them.
        backward: Back-propagation through time; None if it was not requested.
    """

    calls: list[list[LayerTrace]]
    answers: list[dict[str, object]]
    backward: Backward | None = None


@dataclass(frozen=True)
class TraceSelection:
    """Which part of a trace to compute.

    Args:
        units: The units whose numbers are put into the formulas.
        steps: The steps of each call; None for all.
        layer: The only layer whose steps are computed; None for all.
        backward: Whether the answer's loss is propagated back.
        target: The right answer, for the loss; None for the model's own answer.
    """

    units: range = range(4)
    steps: range | None = None
    layer: str | None = None
    backward: bool = False
    target: str | None = None


def trace(
    name: str | None,
    text: str | None,
    selection: TraceSelection = TraceSelection(),
    *,
    top: int = 5,
    condition: str | None = None,
) -> Trace:
    """A run's answer to a text, with the numbers that each layer computes.

    Args:
        name: A run's folder or name, or a config, for a model with its initial weights; None for
            the newest run.
        text: As in `predict`; None for the newest steps of a forecaster's own series.
        selection: The layer, the steps and the units to compute.
        top: The number of answers.
        condition: As in `generate`: what the text is conditioned on.

    Raises:
        RnnkitError: If there is no such run, layer or unit, the text cannot be read, or NumPy
            cannot compute a layer.
    """
    model = trained_or_initial(name)
    codec, architecture = model.codec, model.network.architecture
    require_known(architecture, model.place)
    require_units(selection.units, recurrent_layers(architecture, selection.layer))
    recorder = Recorder(architecture, model.weights)
    predictor = model.task.predictor(codec, recorder)
    if text is None:
        query, answer = newest_forecast(model.task, predictor)
    else:
        query, answer = query_and_answer(predictor, text, condition)
    answers = [asdict(row) for row in predictor.answers(query, answer, top)]
    longest = max(int(call.layers[0].lengths[0]) for call in recorder.calls)
    if selection.steps is not None and selection.steps.start >= longest:
        got = f"step {selection.steps.start} of {longest}"
        raise RnnkitError("--steps", got, f"Expected 0 to {longest - 1}")
    calls = [
        [*_conditions(call, architecture), *_traced(call, codec, selection)]
        for call in recorder.calls[:MOST_CALLS]
    ]
    if not selection.backward:
        return Trace(calls, answers)
    words = next((str(value) for value in answers[0].values()), "") if answers else ""
    answered = AnsweredText(model.network, codec, model.weights, recorder.calls, words)
    with at("--target" if selection.target is not None else model.place):
        return Trace(
            calls,
            answers,
            back_through_time(answered, selection.target, selection.layer, selection.steps),
        )


def _conditions(call: Call, architecture: Architecture) -> Iterator[LayerTrace]:
    """The first states of a conditioned model, which a layer computes from the condition."""
    layer = architecture.condition
    if layer is None or call.condition is None:
        return
    carried = (layer_call.state for layer_call in call.layers if layer_call.state is not None)
    first = np.concatenate([array[0] for state in carried for array in state])
    shapes = call.condition.shape[1:], first.shape
    yield LayerTrace(layer.name, layer.kind, *shapes, first, [], STARTS)


def _traced(call: Call, codec: Codec, selection: TraceSelection) -> list[LayerTrace]:
    tokens = read_tokens(call, codec)
    return [
        _layer(call.name_of(layer_call.layer), layer_call, tokens, selection)
        for layer_call in call.layers
    ]


def _layer(name: str, call: LayerCall, tokens: list[str], selection: TraceSelection) -> LayerTrace:
    layer, length = call.layer, int(call.lengths[0])
    is_selected = is_cell_alone(layer.spec) and selection.layer in (None, name)
    outputs = np.asarray(call.outputs)[0]
    is_sequence = outputs.ndim > 1 and len(outputs) == np.shape(call.inputs)[1]
    return LayerTrace(
        name,
        layer.kind,
        np.shape(call.inputs)[1:],
        outputs.shape,
        outputs[length - 1] if is_sequence else outputs,
        list(_directions(call, tokens[:length], selection)) if is_selected else [],
    )


def _directions(
    call: LayerCall, tokens: list[str], selection: TraceSelection
) -> Iterator[Direction]:
    layer, spec = call.layer, spec_of(call.layer)
    x = np.asarray(call.inputs)[0, : len(tokens)]
    state = [array[0] for array in call.state or initial_state(layer, 1)]
    selected = selection.steps or range(len(x))
    for name in ("forward", "backward") if layer.spec.reads_backwards else ("",):
        weights = weights_below(name, call.weights) if name else call.weights
        order = -1 if name == "backward" else 1
        first_steps = islice(
            steps(x[::order], state, weights, spec, selection.units), selected.stop
        )
        yield Direction(
            name,
            {key: np.shape(array) for key, array in weights.items()},
            tokens[::order][selected.start : selected.stop],
            list(first_steps)[selected.start :],
            selected.start,
        )
