"""Quantities that the units of a model are compared with: labels, positions in a text, columns of a
series.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.data.encode.series import SeriesCodec
from rnnkit.insight.traits import traits
from rnnkit.tasks.prepared import Codec
from rnnkit.workflows.inspect.directions import Direction
from rnnkit.workflows.inspect.recordings import Reading
from rnnkit.workflows.inspect.tokens import labels_of, token_text, tokenizer_of

MOST_LABELS = 30


@dataclass(frozen=True)
class Sample:
    """Values of units over rows, and the quantities to compare them with.

    Args:
        values: (rows, units) of all layers.
        targets: Booleans or numbers of shape (rows,), by their description.
        chooses: (rows,) whether a row is of the half on which units are chosen.
    """

    values: np.ndarray
    targets: Mapping[str, np.ndarray]
    chooses: np.ndarray


def sample_of(
    layers: Sequence[Direction], reading: Reading, codec: Codec, *, encodes: bool = False
) -> Sample:
    """The values of the units in a call, and the quantities to compare them with.

    Args:
        layers: The recurrent layers of the call.
        reading: The rows, and their targets.
        codec: The run's codec.
        encodes: Whether it is the encoder's call.
    """
    rows = reading.rows
    half = np.arange(len(rows)) < rows.sum() / 2 if reading.kind != "rows" else _even(rows)
    if encodes or reading.kind != "windows":
        real = reading.rows[:, None] & layers[0].is_step if encodes else reading.is_real
    if reading.kind == "windows":
        ids = reading.calls[-1].inputs[rows]
        return Sample(_last(layers, rows), traits(_texts(ids[:, -1], codec)), half[rows])
    labels = labels_of(codec)
    if labels is not None and not encodes:
        names = labels.names[:MOST_LABELS]
        if reading.targets.shape == real.shape and not labels.several:
            tags = reading.targets[real]
            return Sample(_steps(layers, real), _labels(tags, names), _spread(half, real)[real])
        return Sample(_last(layers, rows), _labels(reading.targets[rows], names), half[rows])
    if isinstance(codec, SeriesCodec):
        return Sample(_last(layers, rows), _of_series(reading, codec, rows), half[rows])
    targets = _of_streams(reading, codec) if reading.kind == "streams" else _places(real)
    return Sample(_steps(layers, real), targets, _spread(half, real)[real])


def _even(rows: np.ndarray) -> np.ndarray:
    return np.arange(len(rows)) % 2 == 0


def _spread(half: np.ndarray, real: np.ndarray) -> np.ndarray:
    return np.broadcast_to(half[:, None], real.shape)


def _last(layers: Sequence[Direction], rows: np.ndarray) -> np.ndarray:
    """(rows, units) of last states; of means over steps where later layers read every step."""
    return np.concatenate(
        [(_mean(layer) if layer.sequence else layer.last)[rows] for layer in layers], 1
    )


def _mean(layer: Direction) -> np.ndarray:
    total: np.ndarray = layer.output.sum(axis=1, where=layer.is_step[..., None])
    return total / layer.lengths[:, None]


def _steps(layers: Sequence[Direction], real: np.ndarray) -> np.ndarray:
    return np.concatenate([layer.output[real] for layer in layers], axis=1)


def _labels(targets: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    several = targets.ndim > 1
    by_label = {
        f"label {name!r}": (targets[:, n] > 0 if several else targets == n)
        for n, name in enumerate(names)
    }
    # one of two labels determines the other
    return dict(list(by_label.items())[-1:]) if len(names) == 2 and not several else by_label


def _texts(ids: np.ndarray, codec: Codec) -> list[str]:
    tokenizer = tokenizer_of(codec)
    ids = ids[:, 0] if ids.ndim > 1 else ids
    return [token_text(tokenizer, token_id) for token_id in ids.tolist()] if tokenizer else []


def _of_streams(reading: Reading, codec: Codec) -> dict[str, np.ndarray]:
    """Traits of the tokens in stretches of a text; a stretch without a trait has zeros."""
    rows = [traits(_texts(row, codec)) for row in reading.calls[-1].inputs]
    kinds = {name: values.dtype for row in rows for name, values in row.items()}
    width = reading.is_real.shape[1]
    return {
        name: np.stack([row.get(name, np.zeros(width, kind)) for row in rows])[reading.is_real]
        for name, kind in kinds.items()
    }


def _places(real: np.ndarray) -> dict[str, np.ndarray]:
    """Positions in texts that each start at the first step."""
    steps = np.broadcast_to(np.arange(real.shape[1], dtype=np.float64), real.shape)
    left = real.sum(axis=1, keepdims=True) - 1 - steps
    return {"position in the text": steps[real], "steps to the end of the text": left[real]}


def _of_series(reading: Reading, codec: SeriesCodec, rows: np.ndarray) -> dict[str, np.ndarray]:
    inputs = reading.calls[-1].inputs[rows].astype(np.float64)
    columns = {}
    for n, name in enumerate(codec.names[: inputs.shape[2]]):
        columns[f"last {name}"] = inputs[:, -1, n]
        columns[f"mean of {name} over the window"] = inputs[:, :, n].mean(axis=1)
    columns[f"next {codec.names[0]}"] = reading.targets[rows][:, 0, 0].astype(np.float64)
    return columns
