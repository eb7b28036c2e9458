"""The inputs and outputs of each layer of a run, recorded for a text or for rows of its data."""

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
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.tasks.prepared import Codec, Part
from rnnkit.tasks.task import Task
from rnnkit.training.batches import Batch
from rnnkit.workflows.inspect.queries import newest_forecast, query_and_answer

STREAMS = 8  # stretches of a text that are read as one batch
MOST_ROWS = 256  # of a batch


@dataclass(frozen=True)
class TextInput:
    """A text to read.

    Args:
        text: As in `predict`; None for the newest steps of a forecaster's own series.
        condition: As in `generate`: what the text is conditioned on; None for nothing.
    """

    text: str | None
    condition: str | None = None


def recorded_calls(
    task: Task, codec: Codec, architecture: Architecture, weights: Weights, text_input: TextInput
) -> list[Call]:
    """The calls of a run's model for a text, with the inputs and outputs of each layer.

    Args:
        task: The run's task.
        codec: The run's codec.
        architecture: The list of layers.
        weights: "layer/weight" to arrays.
        text_input: The text.

    Raises:
        RnnkitError: If it cannot be read.
    """
    recorder = Recorder(architecture, weights)
    predictor = task.predictor(codec, recorder)
    if text_input.text is None:
        newest_forecast(task, predictor)
        return recorder.calls[:1]  # later calls read forecasts
    query_and_answer(predictor, text_input.text, text_input.condition)
    is_series = isinstance(predictor, Forecasts)
    return recorder.calls[:1] if is_series else recorder.calls


@dataclass(frozen=True)
class Reading:
    """Rows of a run's data, and the recorded calls of the model for them.

    Args:
        calls: The calls of the model; for an encoder-decoder, the encoder's, then the decoder's.
        targets: (rows, ...).
        is_real: (rows, timesteps) whether a step of the last call is not padding.
        kind: "rows"; "windows" of a text, each one step after the previous one; or "streams",
            stretches of a text.
    """

    calls: list[Call]
    targets: np.ndarray
    is_real: np.ndarray
    kind: Literal["rows", "windows", "streams"] = "rows"

    @property
    def rows(self) -> np.ndarray:
        """(rows,) whether a row is of the data, not a repetition that fills the batch."""
        return np.asarray(self.is_real.any(axis=1))


def read_rows(
    architecture: Architecture, weights: Weights, part: Part, steps: int, *, labelled: bool
) -> Iterator[Reading]:
    """Records batches of a part, as training reads them, until they hold about `steps` steps.

    Args:
        architecture: The list of layers.
        weights: "layer/weight" to arrays.
        part: The part.
        steps: The approximate number of steps in all.
        labelled: Whether its rows have labels.
    """
    body = up_to_states(architecture)
    if architecture.carries_state:
        batches = part.batches(STREAMS)
        first = next(iter(batches.in_order()))
        count = max(1, steps // first[0].size)
        chunks = zip(*islice(batches.in_order(), count), strict=True)
        inputs, targets, sample_weights = (np.concatenate(arrays, axis=1) for arrays in chunks)
        yield _recorded(body, weights, (inputs, targets, sample_weights), "streams")
        return
    width, is_text = architecture.input_shape[0], not labelled and reads_windows(architecture)
    size = min(len(part), MOST_ROWS, max(1, steps // width) if width else MOST_ROWS)
    batches = part.batches(size)
    shuffled = (batches.shuffled(0, 0, step) for step in range(batches.steps))
    for batch in batches.in_order() if is_text else shuffled:
        reading = _recorded(body, weights, batch, "windows" if is_text else "rows")
        yield reading
        steps -= int(reading.is_real.sum())
        if steps <= 0:
            return


def _recorded(
    architecture: Architecture,
    weights: Weights,
    batch: Batch,
    kind: Literal["rows", "windows", "streams"],
) -> Reading:
    inputs, targets, sample_weights = batch
    recorder = Recorder(architecture, weights)
    if isinstance(inputs, tuple):
        tokens, condition = inputs
        recorder.step(tokens, recorder.init_state(len(tokens), condition))
    elif architecture.carries_state:
        recorder.step(inputs, recorder.init_state(len(inputs)))
    else:
        recorder.outputs(inputs)
    last = recorder.calls[-1]
    real = sample_weights > 0
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
    """The model up to its last recurrent layer, without its head, often its largest layer."""
    last = max(n for n, layer in enumerate(architecture.layers) if is_cell_alone(layer.spec))
    return replace(architecture, layers=architecture.layers[: last + 1])
