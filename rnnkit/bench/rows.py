"""The rows that everybody reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnkit.data.batch.buckets import Buckets, TaggedTexts
from rnnkit.data.batch.rows import Rows, Windows
from rnnkit.data.batch.series import SeriesWindows
from rnnkit.data.batch.streams import Streams
from rnnkit.data.encode.ragged import Sequences
from rnnkit.errors import RnnkitError
from rnnkit.training.batches import Batches

Kind = Literal["last", "steps", "stream"]


@dataclass(frozen=True)
class Reading:
    """Some rows of a training set.

    Args:
        kind: One answer for each row ("last"), one at each step ("steps"), or that with states that
            are carried from batch to batch ("stream").
        inputs: (rows, timesteps) token ids or (rows, timesteps, features) numbers.
        targets: (rows,) classes, (rows, timesteps) of them, or (rows, ...) numbers.
        batch_size: Rows of a step.
        texts: The inputs without padding, where they are of unequal length.
        tags: The same of the targets, where each step has one.
    """

    kind: Kind
    inputs: np.ndarray
    targets: np.ndarray
    batch_size: int
    texts: Sequences | None = None
    tags: Sequences | None = None


def read(batches: Batches, steps: int) -> Reading:
    """The rows of so many steps, drawn at random, or all where there are fewer; a stream's in their
    order.

    Raises:
        RnnkitError: If the peers' scripts do not read such data.
    """
    if isinstance(batches, Streams):
        return _chunks(batches, steps)
    count = steps * batches.batch_size
    if isinstance(batches, TaggedTexts):
        rows = _drawn(len(batches), count)
        texts, tags = batches.texts.take(rows), batches.tags.take(rows)
        inputs, targets = (_padded(one, "post") for one in (texts, tags))
        return _reading("steps", inputs, targets, batches, texts, tags)
    if type(batches) is Buckets and batches.targets.ndim == 1:
        rows = _drawn(len(batches), count)
        texts = batches.texts.take(rows)
        targets = batches.targets[rows]
        return _reading("last", _padded(texts, "pre"), targets, batches, texts)
    if isinstance(batches, SeriesWindows):
        origins = batches.origins[_drawn(len(batches), count)]
        windows = SeriesWindows(batches.values, origins, batches.shape, len(origins))
        inputs, targets, _ = next(windows.in_order())
        return _reading("last", inputs, targets, batches)
    if type(batches) in (Rows, Windows) and isinstance(batches, Rows) and batches.targets.ndim == 1:
        rows = _drawn(len(batches), count)
        inputs = np.ascontiguousarray(batches.inputs[rows])
        return _reading("last", inputs, batches.targets[rows], batches)
    raise not_plain("pairs of texts, conditions, or several labels per row")


def not_plain(got: str) -> RnnkitError:
    """The data are of a kind that the peers' scripts do not read."""
    return RnnkitError(
        "data",
        got,
        "Expected rows with one class each, a class at every step, a stream of text, or windows of"
        " a series, which the peers' scripts read",
        "Compare another config, such as fable, imdb_lstm or ptb_small",
    )


def _chunks(batches: Streams, steps: int) -> Reading:
    """The first chunks of all streams, one chunk after the other; the last one may be shorter."""
    whole = max(1, batches.length // batches.bptt)
    chunks = [batches.shuffled(0, 0, step) for step in range(min(steps, whole))]
    inputs, targets = (np.concatenate([chunk[index] for chunk in chunks]) for index in range(2))
    return _reading("stream", inputs, targets, batches)


def _drawn(rows: int, count: int) -> np.ndarray:
    return np.random.default_rng(0).permutation(rows)[:count]


def _padded(texts: Sequences, side: Literal["pre", "post"]) -> np.ndarray:
    return texts.padded(np.arange(len(texts)), int(texts.lengths.max()), side)


def _reading(
    kind: Kind,
    inputs: np.ndarray,
    targets: np.ndarray,
    batches: Batches,
    texts: Sequences | None = None,
    tags: Sequences | None = None,
) -> Reading:
    if texts is not None and inputs.ndim > 2:
        raise not_plain("numbers of unequal length")
    size = min(batches.batch_size, len(inputs))
    return Reading(kind, inputs, targets, size, texts, tags)
