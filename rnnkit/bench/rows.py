"""Reads the rows of a comparison from the batches of a config."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnkit.bench.work import Kind
from rnnkit.data.batch.buckets import Buckets, ConditionedTexts, TaggedTexts
from rnnkit.data.batch.pairs import PairBuckets
from rnnkit.data.batch.rows import Rows, Windows
from rnnkit.data.batch.series import SeriesWindows
from rnnkit.data.batch.streams import Streams
from rnnkit.data.encode.ragged import Sequences
from rnnkit.errors import RnnkitError
from rnnkit.training.batches import Batches

OTHER_CONFIG = "Compare another config, such as fable, imdb_lstm or reverse_digits"
NO_CONTEXT = np.empty((0, 0), np.float32)


@dataclass(frozen=True)
class Reading:
    """Some rows of a training set.

    Args:
        kind: As in `rnnkit.bench.work.Work`.
        inputs: (rows, timesteps) token ids, or (rows, timesteps, features) numbers.
        targets: (rows,) or (rows, timesteps) classes, (rows, labels) 0 or 1, or (rows, ...)
            numbers.
        batch_size: The number of rows of a step.
        context: (rows, features) conditions, or (rows, source timesteps) token ids of sources.
        in_buckets: Returns the same rows in batches of a given size, of similar length, as
            `rnnkit train` reads them; None if all rows have one length.
    """

    kind: Kind
    inputs: np.ndarray
    targets: np.ndarray
    batch_size: int
    context: np.ndarray
    in_buckets: Callable[[int], Buckets] | None = None


def read(batches: Batches, steps: int) -> Reading:
    """Reads the rows of some steps: the first chunks of a stream, a random sample of other data.

    Raises:
        RnnkitError: If the data are of a kind that peers cannot read.
    """
    if isinstance(batches, Streams):
        return _chunks(batches, steps)
    if isinstance(batches, Buckets):
        return _texts(batches, _sample(batches, steps))
    if isinstance(batches, SeriesWindows):
        origins = batches.origins[_sample(batches, steps)]
        windows = SeriesWindows(batches.values, origins, batches.shape, len(origins))
        inputs, targets, _ = next(windows.in_order())
        return _reading("last", inputs, targets, batches)
    if type(batches) in (Rows, Windows) and isinstance(batches, Rows):
        rows = _sample(batches, steps)
        inputs = np.ascontiguousarray(batches.inputs[rows])
        return _reading("last", inputs, batches.targets[rows], batches)
    raise RnnkitError(
        "data",
        type(batches).__name__,
        "Expected rows with a class or labels each, a class at every step, a stream of text, texts"
        " with a condition, pairs of texts, or windows of a series, which the peers' scripts read",
        OTHER_CONFIG,
    )


def _texts(batches: Buckets, rows: np.ndarray) -> Reading:
    """Pads texts or sequences of numbers as plain scripts do: at the beginning for one answer per
    row, at the end for an answer at each step.
    """
    texts = batches.texts.take(rows)
    if isinstance(batches, PairBuckets):
        sources = batches.sources.take(rows)
        context = _padded(sources, "pre")
        return _continued(batches, texts, context, lambda size: PairBuckets(sources, texts, size))
    if isinstance(batches, ConditionedTexts):
        context = batches.targets[rows]
        return _continued(
            batches, texts, context, lambda size: ConditionedTexts(texts, context, size)
        )
    if isinstance(batches, TaggedTexts):
        tags = batches.tags.take(rows)
        inputs, classes = (_padded(part, "post") for part in (texts, tags))
        return _reading(
            "steps",
            inputs,
            classes,
            batches,
            in_buckets=lambda size: TaggedTexts(texts, tags, size),
        )
    targets = batches.targets[rows]
    return _reading(
        "last",
        _padded(texts, "pre"),
        targets,
        batches,
        in_buckets=lambda size: Buckets(texts, targets, size),
    )


def _continued(
    batches: Buckets,
    texts: Sequences,
    context: np.ndarray,
    in_buckets: Callable[[int], Buckets],
) -> Reading:
    """Texts from `<start>` to `<end>`, whose targets are the next tokens."""
    padded = _padded(texts, "post")
    inputs, targets = (np.ascontiguousarray(part) for part in (padded[:, :-1], padded[:, 1:]))
    return _reading("conditioned", inputs, targets, batches, context, in_buckets)


def _chunks(batches: Streams, steps: int) -> Reading:
    """The first chunks of all streams, without an incomplete last one."""
    complete = max(1, batches.length // batches.bptt)
    chunks = [batches.shuffled(0, 0, step) for step in range(min(steps, complete))]
    inputs, targets = (np.concatenate([chunk[index] for chunk in chunks]) for index in range(2))
    return _reading("stream", inputs, targets, batches)


def _sample(batches: Buckets | Rows | SeriesWindows, steps: int) -> np.ndarray:
    """The indices of random rows, as many as some steps have."""
    count = steps * batches.batch_size
    return np.random.default_rng(0).permutation(len(batches))[:count]


def _padded(texts: Sequences, side: Literal["pre", "post"]) -> np.ndarray:
    return texts.padded(np.arange(len(texts)), int(texts.lengths.max()), side, fill=0)


def _reading(
    kind: Kind,
    inputs: np.ndarray,
    targets: np.ndarray,
    batches: Batches,
    context: np.ndarray = NO_CONTEXT,
    in_buckets: Callable[[int], Buckets] | None = None,
) -> Reading:
    size = min(batches.batch_size, len(inputs))
    return Reading(kind, inputs, targets, size, context, in_buckets)
