"""Probes of a run: rows drawn from its data, in the form that its model reads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Protocol, runtime_checkable

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.data.batch.series import WindowShape
from rnnkit.data.encode.labels import Labels
from rnnkit.engine.forward import Engine, Weights
from rnnkit.engine.lengths import lengths_of
from rnnkit.tasks.predictor import Predictor
from rnnkit.tasks.prepared import Codec, Part
from rnnkit.workflows.inspect.probes import (
    Conditioned,
    ForecastsWindows,
    Probe,
    Sources,
    Stream,
    Whole,
    Windows,
    parameters,
)
from rnnkit.workflows.inspect.recordings import STREAMS, reads_windows, up_to_states
from rnnkit.workflows.inspect.tokens import labels_of

OPERATIONS = 3e10  # multiplications in all, which take some seconds
FEWEST_ROWS, MOST_ROWS = 16, 256
LONGEST = 256  # the largest distance tried in a stream, in steps
TRIED = 30  # the approximate number of distances

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


@runtime_checkable
class _HasWindows(Protocol):
    @property
    def values(self) -> np.ndarray: ...

    @property
    def origins(self) -> np.ndarray: ...

    @property
    def shape(self) -> WindowShape: ...


def probes(
    architecture: Architecture,
    weights: Weights,
    codec: Codec,
    predictor: Predictor,
    part: Part,
) -> Iterator[Probe]:
    """Draws rows of a part, as many as can be computed in some seconds."""
    model, generator = Engine(architecture, weights), np.random.default_rng(0)
    size = parameters(architecture, weights)
    if isinstance(predictor, ForecastsWindows) and isinstance(part, _HasWindows):
        yield _windows(model, predictor, part, generator)
    elif architecture.carries_state:
        body = Engine(up_to_states(architecture), weights)
        yield Stream(_stretches(part, size, generator), body, model)
    elif architecture.encoder or architecture.condition:
        yield from _conditioned(model, part, size, generator, encodes=bool(architecture.encoder))
    elif labels_of(codec) is None and reads_windows(architecture):
        yield _contexts(model, architecture, part, generator)
    else:
        yield from _labelled(model, architecture, part, size, labels_of(codec))


def _affordable(size: int, timesteps: int) -> int:
    """The number of rows that can be computed in some seconds."""
    rows = OPERATIONS / (2 * size * max(1, timesteps) * min(TRIED, timesteps + 1))
    return int(np.clip(rows, FEWEST_ROWS, MOST_ROWS))


def _windows(
    model: Engine, predictor: ForecastsWindows, part: _HasWindows, generator: np.random.Generator
) -> Windows:
    shape, count = part.shape, min(MOST_ROWS, len(part.origins))
    origins = np.sort(generator.choice(part.origins, count, replace=False))
    inputs = shape.inputs(shape.spans(part.values, origins, shape.horizon))
    return Windows(inputs, predictor, model, (part.values, origins), shape.horizon)


def _stretches(part: Part, size: int, generator: np.random.Generator) -> np.ndarray:
    """Stretches of a text, (rows, timesteps)."""
    batches = part.batches(STREAMS)
    first = next(iter(batches.in_order()))
    chunks = [
        (inputs, weights)
        for inputs, _, weights in islice(batches.in_order(), 1 + 4 * LONGEST // first[0].shape[1])
    ]
    streams = np.concatenate([inputs[:, weights[0] > 0] for inputs, weights in chunks], axis=1)
    longest = min(LONGEST, max(1, streams.shape[1] * 2 // 3))
    rows = _affordable(size, longest // 12)  # earlier tokens are read once
    which = generator.integers(len(streams), size=rows)
    ends = generator.integers(longest, streams.shape[1] + 1, size=rows)
    return np.stack(
        [streams[row, end - longest : end] for row, end in zip(which, ends, strict=True)]
    )


def _contexts(
    model: Engine, architecture: Architecture, part: Part, generator: np.random.Generator
) -> Whole:
    """Tokens of a text, twice as many as the model's window holds."""
    window = architecture.input_shape[0] or 1
    text = np.concatenate(
        [inputs[weights > 0, -1] for inputs, _, weights in islice(part.batches(1024).in_order(), 8)]
    )
    width = min(2 * window, len(text))
    count = min(MOST_ROWS, len(text) - width + 1)
    starts = generator.choice(len(text) - width + 1, count, replace=False)
    inputs = text[starts[:, None] + np.arange(width)]
    lengths = np.full(count, width)
    return Whole((inputs, lengths - 1, lengths), model, window=window)


def _conditioned(
    model: Engine, part: Part, size: int, generator: np.random.Generator, *, encodes: bool
) -> Iterator[Probe]:
    """Texts that are conditioned on something, or sources."""
    count = min(len(part), _affordable(size, 32))
    batches = part.batches(min(64, count))
    for step in range(batches.steps):
        (tokens, condition), _, weights = batches.shuffled(0, 0, step)
        is_row = weights.any(axis=1)  # not a repetition that fills the batch
        tokens, condition, is_real = tokens[is_row], condition[is_row], weights[is_row] > 0
        if encodes:
            lengths = np.maximum((condition != 0).sum(axis=1), 1)
            yield Sources((condition, lengths - 1, lengths), tokens, is_real, model)
        else:
            lengths = is_real.sum(axis=1)
            ends = (generator.random(len(lengths)) * lengths).astype(np.int64)
            yield Conditioned((tokens, ends, ends + 1), condition, model)
        count -= int(is_row.sum())
        if count <= 0:
            return


def _labelled(
    model: Engine, architecture: Architecture, part: Part, size: int, labels: Labels | None
) -> Iterator[Probe]:
    """Rows with one label each, or with one at each step."""
    left = MOST_ROWS
    batches = part.batches(min(64, len(part)))
    for step in range(batches.steps):
        inputs, _, weights = batches.shuffled(0, 0, step)
        is_tagged = weights.ndim > 1
        is_row = weights.any(axis=1) if is_tagged else weights > 0
        lengths = lengths_of(inputs, architecture)
        ends = lengths // 2 if is_tagged else lengths - 1
        taken = np.flatnonzero(is_row)[: min(left, _affordable(size, inputs.shape[1]))]
        rows = (inputs[taken], ends[taken], lengths[taken])
        yield Whole(rows, model, labels=None if is_tagged else labels)
        left -= len(taken)
        if left <= 0:
            return
