"""Statistics of a run's gates over its data, and the quantities that its units follow there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.insight.best_unit import Halves, strength
from rnnkit.insight.gates import Saturation, saturation
from rnnkit.tasks.prepared import Codec, Source
from rnnkit.workflows.inspect.directions import Direction, directions
from rnnkit.workflows.inspect.layers import recurrent_layers, require_known, require_recurrent
from rnnkit.workflows.inspect.recordings import Reading, read_rows
from rnnkit.workflows.inspect.tokens import labels_of
from rnnkit.workflows.inspect.unit_targets import Sample, sample_of
from rnnkit.workflows.trained import find_trained, open_run

NUMBERS = 4_000_000  # of a signal in memory
FEWEST_STEPS, MOST_STEPS = 1_000, 30_000


@dataclass(frozen=True)
class Followed:
    """A unit, and the quantity that it follows.

    Args:
        layer: The layer's name; of an encoder "encoder/NAME".
        unit: Its number in the layer's output; the second half of a bidirectional layer's reads
            backwards.
        follows: The quantity, in words.
        measure: "AUC" for a boolean, "correlation" for a number.
        score: The measure on held-out rows, by which the unit was not chosen.
        rises: Whether the unit is higher where the quantity is true, or larger.
    """

    layer: str
    unit: int
    follows: str
    measure: str
    score: float
    rises: bool

    @property
    def strength(self) -> float:
        """From 0, unrelated to the quantity, to 1, which determines it."""
        return strength(self.score, is_area=self.measure == "AUC")


@dataclass(frozen=True)
class LayerGates:
    """The gates of one direction of a layer.

    Args:
        place: The layer and the direction, as printed.
        units: The number of units.
        gates: Their statistics; empty for a layer without gates.
    """

    place: str
    units: int
    gates: list[Saturation]


@dataclass(frozen=True)
class OverData:
    """Gates and units of a run's recurrent layers over its data.

    Args:
        part: The part of the data.
        rows: The number of rows that were read.
        steps: The number of their steps, without padding.
        layers: The gates of each direction of each layer.
        followed: For each quantity the unit that follows it best, the strongest first.
    """

    part: str
    rows: int
    steps: int
    layers: list[LayerGates]
    followed: list[Followed]


def over_data(name: str | None, layer: str | None = None) -> OverData:
    """Computes the gates of a run over its data, and the quantities that its units follow.

    Args:
        name: A run's folder or name; None for the newest.
        layer: The only recurrent layer; None for all.

    Raises:
        RnnkitError: If there is no such run or layer, its data cannot be read, or NumPy cannot
            compute a layer.
    """
    run = find_trained(name)
    task, codec, architecture, weights = open_run(run)
    require_known(architecture, str(run))
    require_recurrent(architecture, str(run))
    layers = recurrent_layers(architecture, layer)
    data = task.prepare(Source(sample=run.uses_sample), codec)
    part = data.parts[data.watched]
    labelled = labels_of(codec) is not None
    readings = list(read_rows(architecture, weights, part, _steps(architecture), labelled=labelled))
    read = [
        [direction for call in reading.calls for direction in directions(call, layers)]
        for reading in readings
    ]
    return OverData(
        data.watched,
        sum(int(reading.rows.sum()) for reading in readings),
        sum(int(reading.is_real.sum()) for reading in readings),
        [_gates(parts, readings) for parts in zip(*read, strict=True)],
        _followed(read, readings, codec),
    )


def _steps(architecture: Architecture) -> int:
    """The number of steps whose widest states fit into memory."""
    widest = max(
        layer.outputs[-1] or 1
        for layer in architecture.all_layers
        if layer.spec.state_shapes(layer.inputs)
    )
    return int(np.clip(NUMBERS // widest, FEWEST_STEPS, MOST_STEPS))


def _real(direction: Direction, reading: Reading) -> np.ndarray:
    """(rows, timesteps) steps of a direction that are not padding."""
    if direction.output.shape[1] == reading.is_real.shape[1] and not _encodes(direction):
        return reading.is_real
    return reading.rows[:, None] & direction.is_step


def _gates(parts: Sequence[Direction], readings: Sequence[Reading]) -> LayerGates:
    real = [_real(part, reading) for part, reading in zip(parts, readings, strict=True)]
    gates = []
    for n, signal in enumerate(parts[0].signals):
        if signal.kind == "gate":
            values = [
                part.signals[n].values[is_real] for part, is_real in zip(parts, real, strict=True)
            ]
            whole = np.concatenate(values)[None]
            gates.append(saturation(replace(signal, values=whole), np.ones(whole.shape[:2], bool)))
    return LayerGates(parts[0].place, parts[0].units, gates)


def _followed(
    read: Sequence[Sequence[Direction]], readings: Sequence[Reading], codec: Codec
) -> list[Followed]:
    """For each quantity the unit that follows it best."""
    followed = []
    for encodes in (False, True):
        layers = [[part for part in row if _encodes(part) == encodes] for row in read]
        if not layers[0]:
            continue
        samples = [
            sample_of(row, reading, codec, encodes=encodes)
            for row, reading in zip(layers, readings, strict=True)
        ]
        followed += _of_calls(samples, layers[0])
    return sorted(followed, key=lambda unit: -unit.strength)


def _of_calls(samples: Sequence[Sample], layers: Sequence[Direction]) -> list[Followed]:
    values = np.concatenate([sample.values for sample in samples])
    halves = Halves(values, np.concatenate([sample.chooses for sample in samples]))
    places = [
        (layer.layer, unit + (layer.units if layer.name == "backward" else 0))
        for layer in layers
        for unit in range(layer.units)
    ]
    followed = []
    first, *others = samples
    names = [name for name in first.targets if all(name in other.targets for other in others)]
    for name in names:
        best = halves.best_unit(np.concatenate([sample.targets[name] for sample in samples]))
        if best is not None:
            layer, unit = places[best.unit]
            measure = "AUC" if best.is_area else "correlation"
            followed.append(Followed(layer, unit, name, measure, best.score, best.rises))
    return followed


def _encodes(direction: Direction) -> bool:
    return direction.layer.startswith("encoder/")
