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
from rnnkit.workflows.inspect.backward import Answered, Backward, back_through_time
from rnnkit.workflows.inspect.layers import (
    recurrent_layers,
    require_known,
    require_units,
    spec_of,
)
from rnnkit.workflows.inspect.recorded import answered, newest
from rnnkit.workflows.inspect.tokens import read_tokens
from rnnkit.workflows.inspect.untrained import trained_or_initial

STARTS = "tanh(condition W + b), the states before the first step"
MOST_CALLS = 50  # of a model that is asked for one token at a time


@dataclass(frozen=True)
class Direction:
    """The steps of a recurrent layer in the order in which they are read.

    Args:
        name: "", "forward" or "backward".
        weights: Their shapes, by the names that the formulas use.
        tokens: What is read at each step; "step N" where that is not a token.
        steps: The steps that were asked for.
        first: The number of the first of these, from 0.
    """

    name: str
    weights: Mapping[str, tuple[int, ...]]
    tokens: list[str]
    steps: list[Step]
    first: int


@dataclass(frozen=True)
class LayerTrace:
    """What a layer did.

    Args:
        name: The layer's; of an encoder "encoder/NAME".
        kind: As a config names it.
        inputs: The shape that it read.
        outputs: The shape that it gave.
        values: Its output, of the last step where it has one for each.
        directions: Its steps where it is recurrent, else none.
        formula: How its output is computed, of what a condition gives; "" elsewhere.
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
    """An answer, and how it was computed.

    Args:
        calls: The layers of each call of the model.
        answers: The run's answers, as `predict` prints them.
        backward: The loss followed back, where that is asked for.
    """

    calls: list[list[LayerTrace]]
    answers: list[dict[str, object]]
    backward: Backward | None = None


@dataclass(frozen=True)
class Shown:
    """Which part of a trace is wanted.

    Args:
        units: Whose numbers are put into the formulas.
        steps: The steps of each call; None for all.
        layer: The one layer whose steps are computed; None for each.
        backward: Whether the answer's loss is followed back.
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
    shown: Shown = Shown(),
    *,
    top: int = 5,
    condition: str | None = None,
) -> Trace:
    """What a run answers to a text, and every number on the way.

    Args:
        name: A run's folder or name, or a config, whose initial weights it is then; None for the
            newest run.
        text: As in `predict`; None for the newest steps of a forecaster's own series.
        shown: The layer, the steps and the units that are asked for.
        top: How many answers.
        condition: As in `generate`: what the text is conditioned on.

    Raises:
        RnnkitError: If there is no such run, layer or unit, the text cannot be read, or NumPy does
            not know a layer.
    """
    model = trained_or_initial(name)
    codec, architecture = model.codec, model.network.architecture
    require_known(architecture, model.place)
    require_units(shown.units, recurrent_layers(architecture, shown.layer))
    recorder = Recorder(architecture, model.weights)
    predictor = model.task.predictor(codec, recorder)
    if text is None:
        query, answer = newest(model.task, predictor)
    else:
        query, answer = answered(predictor, text, condition)
    told = [asdict(row) for row in predictor.answers(query, answer, top)]
    longest = max(int(call.layers[0].lengths[0]) for call in recorder.calls)
    if shown.steps is not None and shown.steps.start >= longest:
        got = f"step {shown.steps.start} of {longest}"
        raise RnnkitError("--steps", got, f"Expected 0 to {longest - 1}")
    calls = [
        [*_conditions(call, architecture), *_traced(call, codec, shown)]
        for call in recorder.calls[:MOST_CALLS]
    ]
    if not shown.backward:
        return Trace(calls, told)
    words = next((str(value) for value in told[0].values()), "") if told else ""
    asked = Answered(model.network, codec, model.weights, recorder.calls, words)
    with at("--target" if shown.target is not None else model.place):
        return Trace(calls, told, back_through_time(asked, shown.target, shown.layer, shown.steps))


def _conditions(call: Call, architecture: Architecture) -> Iterator[LayerTrace]:
    """What the first states are computed from, where that is a condition."""
    layer = architecture.condition
    if layer is None or call.condition is None:
        return
    carried = (one.state for one in call.layers if one.state is not None)
    first = np.concatenate([array[0] for state in carried for array in state])
    shapes = call.condition.shape[1:], first.shape
    yield LayerTrace(layer.name, layer.kind, *shapes, first, [], STARTS)


def _traced(call: Call, codec: Codec, shown: Shown) -> list[LayerTrace]:
    tokens = read_tokens(call, codec)
    return [_layer(call.name_of(one.layer), one, tokens, shown) for one in call.layers]


def _layer(name: str, call: LayerCall, tokens: list[str], shown: Shown) -> LayerTrace:
    layer, length = call.layer, int(call.lengths[0])
    is_asked = is_cell_alone(layer.spec) and shown.layer in (None, name)
    outputs = np.asarray(call.outputs)[0]
    is_sequence = outputs.ndim > 1 and len(outputs) == np.shape(call.inputs)[1]
    return LayerTrace(
        name,
        layer.kind,
        np.shape(call.inputs)[1:],
        outputs.shape,
        outputs[length - 1] if is_sequence else outputs,
        list(_directions(call, tokens[:length], shown)) if is_asked else [],
    )


def _directions(call: LayerCall, tokens: list[str], shown: Shown) -> Iterator[Direction]:
    layer, spec = call.layer, spec_of(call.layer)
    x = np.asarray(call.inputs)[0, : len(tokens)]
    state = [array[0] for array in call.state or initial_state(layer, 1)]
    asked = shown.steps or range(len(x))
    for name in ("forward", "backward") if layer.spec.reads_backwards else ("",):
        weights = weights_below(name, call.weights) if name else call.weights
        order = -1 if name == "backward" else 1
        some = islice(steps(x[::order], state, weights, spec, shown.units), asked.stop)
        yield Direction(
            name,
            {key: np.shape(array) for key, array in weights.items()},
            tokens[::order][asked.start : asked.stop],
            list(some)[asked.start :],
            asked.start,
        )
