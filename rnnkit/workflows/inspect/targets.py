"""What the units of a model may follow: its labels, places in a text, columns of a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.data.encode.series import SeriesCodec
from rnnkit.insight.traits import traits
from rnnkit.tasks.prepared import Codec
from rnnkit.workflows.inspect.directions import Direction
from rnnkit.workflows.inspect.recorded import Reading
from rnnkit.workflows.inspect.tokens import labels_of, token_text, tokenizer_of

MOST_LABELS = 30


@dataclass(frozen=True)
class Sample:
    """Values of units over rows, and what each unit may follow.

    Args:
        values: (rows, units) of all layers.
        targets: (rows,) booleans or numbers each, by what they are in words.
        chooses: (rows,) whether a row is of the half that chooses a unit.
    """

    values: np.ndarray
    targets: Mapping[str, np.ndarray]
    chooses: np.ndarray


def sample_of(
    read: Sequence[Direction], reading: Reading, codec: Codec, *, encodes: bool = False
) -> Sample:
    """What the units of a call may follow.

    Args:
        read: The recurrent layers of the call.
        reading: The rows, and their targets.
        codec: The run's.
        encodes: Whether it is the encoder's call.
    """
    rows = reading.rows
    half = np.arange(len(rows)) < rows.sum() / 2 if reading.kind != "rows" else _even(rows)
    if encodes or reading.kind != "windows":
        real = reading.rows[:, None] & read[0].is_step if encodes else reading.is_real
    if reading.kind == "windows":
        ids = reading.calls[-1].inputs[rows]
        return Sample(_last(read, rows), traits(_texts(ids[:, -1], codec)), half[rows])
    labels = labels_of(codec)
    if labels is not None and not encodes:
        names = labels.names[:MOST_LABELS]
        if reading.targets.shape == real.shape and not labels.several:
            tags = reading.targets[real]
            return Sample(_steps(read, real), _labels(tags, names), _spread(half, real)[real])
        return Sample(_last(read, rows), _labels(reading.targets[rows], names), half[rows])
    if isinstance(codec, SeriesCodec):
        return Sample(_last(read, rows), _of_series(reading, codec, rows), half[rows])
    targets = _of_streams(reading, codec) if reading.kind == "streams" else _places(real)
    return Sample(_steps(read, real), targets, _spread(half, real)[real])


def _even(rows: np.ndarray) -> np.ndarray:
    return np.arange(len(rows)) % 2 == 0


def _spread(half: np.ndarray, real: np.ndarray) -> np.ndarray:
    return np.broadcast_to(half[:, None], real.shape)


def _last(read: Sequence[Direction], rows: np.ndarray) -> np.ndarray:
    """What each row leaves in a layer: its mean where later layers read every step."""
    return np.concatenate([(_mean(one) if one.sequence else one.last)[rows] for one in read], 1)


def _mean(read: Direction) -> np.ndarray:
    total: np.ndarray = read.output.sum(axis=1, where=read.is_step[..., None])
    return total / read.lengths[:, None]


def _steps(read: Sequence[Direction], real: np.ndarray) -> np.ndarray:
    return np.concatenate([one.output[real] for one in read], axis=1)


def _labels(targets: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    several = targets.ndim > 1
    found = {
        f"label {name!r}": (targets[:, n] > 0 if several else targets == n)
        for n, name in enumerate(names)
    }
    # of two labels one says all
    return dict(list(found.items())[-1:]) if len(names) == 2 and not several else found


def _texts(ids: np.ndarray, codec: Codec) -> list[str]:
    tokenizer = tokenizer_of(codec)
    ids = ids[:, 0] if ids.ndim > 1 else ids
    return [token_text(tokenizer, token_id) for token_id in ids.tolist()] if tokenizer else []


def _of_streams(reading: Reading, codec: Codec) -> dict[str, np.ndarray]:
    """Of stretches of a text, each of which may have something that another lacks."""
    rows = [traits(_texts(row, codec)) for row in reading.calls[-1].inputs]
    kinds = {name: values.dtype for row in rows for name, values in row.items()}
    width = reading.is_real.shape[1]
    return {
        name: np.stack([row.get(name, np.zeros(width, kind)) for row in rows])[reading.is_real]
        for name, kind in kinds.items()
    }


def _places(real: np.ndarray) -> dict[str, np.ndarray]:
    """Of texts that each begin anew."""
    steps = np.broadcast_to(np.arange(real.shape[1], dtype=np.float64), real.shape)
    left = real.sum(axis=1, keepdims=True) - 1 - steps
    return {"position in the text": steps[real], "steps to the end of the text": left[real]}


def _of_series(reading: Reading, codec: SeriesCodec, rows: np.ndarray) -> dict[str, np.ndarray]:
    inputs = reading.calls[-1].inputs[rows].astype(np.float64)
    found = {}
    for n, name in enumerate(codec.names[: inputs.shape[2]]):
        found[f"last {name}"] = inputs[:, -1, n]
        found[f"mean of {name} over the window"] = inputs[:, :, n].mean(axis=1)
    found[f"next {codec.names[0]}"] = reading.targets[rows][:, 0, 0].astype(np.float64)
    return found
