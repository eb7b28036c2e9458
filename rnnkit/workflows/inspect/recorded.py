"""What each layer of a run does, for a text or for its data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.engine.forward import Weights
from rnnkit.engine.recorder import Call, Recorder
from rnnkit.engine.recurrent import is_cell_alone
from rnnkit.errors import RnnkitError, at
from rnnkit.tasks.capabilities import Forecasts, GeneratesFromCondition
from rnnkit.tasks.predictor import Predictor
from rnnkit.tasks.prepared import Codec, Part
from rnnkit.tasks.task import Task
from rnnkit.training.batches import Batch

STREAMS = 8  # places of a text that are read side by side
MOST_ROWS = 256  # at once


@dataclass(frozen=True)
class Read:
    """What is read.

    Args:
        text: As in `predict`; None for the newest steps of a forecaster's own series.
        condition: As in `generate`: what the text is conditioned on; None for nothing.
    """

    text: str | None
    condition: str | None = None


def recorded(
    task: Task, codec: Codec, architecture: Architecture, weights: Weights, read: Read
) -> list[Call]:
    """What each layer of a run read and answered for a text.

    Args:
        task: The run's.
        codec: The run's.
        architecture: The list of layers.
        weights: "layer/weight" to arrays.
        read: The text.

    Raises:
        RnnkitError: If it cannot be read.
    """
    recorder = Recorder(architecture, weights)
    predictor = task.predictor(codec, recorder)
    if read.text is None:
        newest(task, predictor)
        return recorder.calls[:1]  # a forecast further ahead reads forecasts
    answered(predictor, read.text, read.condition)
    is_series = isinstance(predictor, Forecasts)
    return recorder.calls[:1] if is_series else recorder.calls


def query_of(
    predictor: Predictor,
    text: str,
    condition: str | None = None,
    *,
    place: str = "--text",
    series: str = "Leave out --text, or write --input FILE",
) -> object:
    """The query of a text, and of what it is conditioned on.

    Args:
        predictor: The run's.
        text: As in `predict`.
        condition: As in `generate`; None for nothing.
        place: Where the text comes from, for messages.
        series: What to do with a series that no text can say.

    Raises:
        RnnkitError: If either cannot be read, a condition is missing, or the run reads none.
    """
    if isinstance(predictor, GeneratesFromCondition):
        with at("--condition"):
            vector = predictor.condition(condition)
        with at(place):
            return predictor.conditioned(text, vector)
    if condition is not None:
        got, expected = "a model that reads no condition", "Expected one that does"
        raise RnnkitError("--condition", got, expected, "Remove it, or name another run")
    with at(place):
        try:
            return predictor.parse(text)
        except RnnkitError as error:  # of a series that a text cannot say, another verb's
            if isinstance(predictor, Forecasts):
                error.hint = error.hint and series
            raise


def answered(
    predictor: Predictor, text: str, condition: str | None = None
) -> tuple[object, object]:
    """The query of a text, and its answer; arguments as in `query_of`.

    Raises:
        RnnkitError: If it cannot be read, or is empty.
    """
    query = query_of(predictor, text, condition, series="Write --newest instead of --text")
    with at("--text"):
        (answer,) = predictor.predict([query])
        if answer is None:
            raise RnnkitError("", f"no answer to {text!r}", "Expected a text that is not empty")
        return query, answer


def newest(task: Task, predictor: Predictor) -> tuple[object, object]:
    """The run's own series, and its forecast.

    Raises:
        RnnkitError: If the run does not forecast, or its series is not there.
    """
    if not isinstance(predictor, Forecasts):
        got = f"a {task.kind()} run"
        raise RnnkitError("--newest", got, f"Expected a run that {Forecasts.does}")
    with at("data.dataset"):
        series = predictor.series(None)
        return series, predictor.forecast(series)


@dataclass(frozen=True)
class Reading:
    """Rows of a run's data, and what the model did with them.

    Args:
        calls: The calls of the model; for an encoder-decoder, the encoder's, then the decoder's.
        targets: (rows, ...).
        is_real: (rows, timesteps) whether a step of the last call is not padding.
        kind: "rows"; "windows" of a text, each a step after the one before; "streams", stretches
            of a text.
    """

    calls: list[Call]
    targets: np.ndarray
    is_real: np.ndarray
    kind: Literal["rows", "windows", "streams"] = "rows"

    @property
    def rows(self) -> np.ndarray:
        """(rows,) whether a row is one of the data's, not a repetition that fills a batch."""
        return np.asarray(self.is_real.any(axis=1))


def read_rows(
    architecture: Architecture, weights: Weights, part: Part, steps: int, *, labelled: bool
) -> Iterator[Reading]:
    """Rows of a part, as training reads them, until there are so many steps in all.

    Args:
        architecture: The list of layers.
        weights: "layer/weight" to arrays.
        part: The part.
        steps: How many, about.
        labelled: Whether its rows have labels.
    """
    body = up_to_states(architecture)
    if architecture.carries_state:
        batches = part.batches(STREAMS)
        first = next(iter(batches.in_order()))
        count = max(1, steps // first[0].size)
        chunks = zip(*islice(batches.in_order(), count), strict=True)
        inputs, targets, weighed = (np.concatenate(arrays, axis=1) for arrays in chunks)
        yield _read(body, weights, (inputs, targets, weighed), "streams")
        return
    width, is_text = architecture.input_shape[0], not labelled and reads_windows(architecture)
    size = min(len(part), MOST_ROWS, max(1, steps // width) if width else MOST_ROWS)
    batches = part.batches(size)
    drawn = (batches.shuffled(0, 0, step) for step in range(batches.steps))
    for batch in batches.in_order() if is_text else drawn:
        reading = _read(body, weights, batch, "windows" if is_text else "rows")
        yield reading
        steps -= int(reading.is_real.sum())
        if steps <= 0:
            return


def _read(
    architecture: Architecture,
    weights: Weights,
    batch: Batch,
    kind: Literal["rows", "windows", "streams"],
) -> Reading:
    inputs, targets, weighed = batch
    recorder = Recorder(architecture, weights)
    if isinstance(inputs, tuple):
        tokens, condition = inputs
        recorder.step(tokens, recorder.init_state(len(tokens), condition))
    elif architecture.carries_state:
        recorder.step(inputs, recorder.init_state(len(inputs)))
    else:
        recorder.outputs(inputs)
    last = recorder.calls[-1]
    real = weighed > 0
    if real.ndim < 2:
        timesteps = np.arange(last.inputs.shape[1])
        real = real[:, None] & (timesteps < last.layers[0].lengths[:, None])
    return Reading(recorder.calls, targets, real, kind)


def reads_windows(architecture: Architecture) -> bool:
    """Whether a model without labels reads windows of a text."""
    is_text = architecture.input_dtype == "int32" and not architecture.padded
    one_text = architecture.encoder is None and architecture.condition is None
    return is_text and one_text and architecture.input_shape[0] is not None


def up_to_states(architecture: Architecture) -> Architecture:
    """The same model without what follows its last recurrent layer, which may be its largest."""
    last = max(n for n, layer in enumerate(architecture.layers) if is_cell_alone(layer.spec))
    return replace(architecture, layers=architecture.layers[: last + 1])
