"""What the units of a run's recurrent layers follow in its data, and how its gates stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.insight.follow import Halves, strength
from rnnkit.insight.gates import Saturation, saturation
from rnnkit.tasks.prepared import Codec, Source
from rnnkit.workflows.inspect.directions import Direction, directions
from rnnkit.workflows.inspect.layers import recurrent_layers, require_known, require_recurrent
from rnnkit.workflows.inspect.recorded import Reading, read_rows
from rnnkit.workflows.inspect.targets import Sample, sample_of
from rnnkit.workflows.inspect.tokens import labels_of
from rnnkit.workflows.trained import find_trained, open_run

NUMBERS = 4_000_000  # of a signal that are held at once
FEWEST_STEPS, MOST_STEPS = 1_000, 30_000


@dataclass(frozen=True)
class Followed:
    """What a unit follows.

    Args:
        layer: The layer's name; of an encoder "encoder/NAME".
        unit: Its number in the layer's output; the second half of a bidirectional layer's reads
            backwards.
        follows: In words.
        measure: "AUC" of something true or false, "correlation" of a number.
        score: On rows that the unit was not chosen by.
        rises: Whether the unit is higher where it is true, or larger.
    """

    layer: str
    unit: int
    follows: str
    measure: str
    score: float
    rises: bool

    @property
    def strength(self) -> float:
        """0 for a unit that says nothing, 1 for one that says all."""
        return strength(self.score, is_area=self.measure == "AUC")


@dataclass(frozen=True)
class LayerGates:
    """The gates of a layer, of one direction.

    Args:
        place: The layer, and the direction.
        units: How many it has.
        gates: Their statistics; empty for a layer without gates.
    """

    place: str
    units: int
    gates: list[Saturation]


@dataclass(frozen=True)
class OverData:
    """What the recurrent layers of a run do over its data.

    Args:
        part: The part of the data.
        rows: How many of it were read.
        steps: The steps of these, without padding.
        layers: Their gates.
        followed: The unit of all layers that follows something best, the closest first.
    """

    part: str
    rows: int
    steps: int
    layers: list[LayerGates]
    followed: list[Followed]


def over_data(name: str | None, layer: str | None = None) -> OverData:
    """Gates over a run's data, and what its units follow there.

    Args:
        name: A run's folder or name; None for the newest.
        layer: The one recurrent layer; None for each.

    Raises:
        RnnkitError: If there is no such run or layer, its data cannot be read, or NumPy does not
            know a layer.
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
        [one for call in reading.calls for one in directions(call, layers)] for reading in readings
    ]
    return OverData(
        data.watched,
        sum(int(reading.rows.sum()) for reading in readings),
        sum(int(reading.is_real.sum()) for reading in readings),
        [_gates(parts, readings) for parts in zip(*read, strict=True)],
        _followed(read, readings, codec),
    )


def _steps(architecture: Architecture) -> int:
    """As many as memory bears."""
    widest = max(
        layer.outputs[-1] or 1
        for layer in architecture.all_layers
        if layer.spec.state_shapes(layer.inputs)
    )
    return int(np.clip(NUMBERS // widest, FEWEST_STEPS, MOST_STEPS))


def _real(read: Direction, reading: Reading) -> np.ndarray:
    """(rows, timesteps) steps of a direction that are not padding."""
    if read.output.shape[1] == reading.is_real.shape[1] and not _encodes(read):
        return reading.is_real
    return reading.rows[:, None] & read.is_step


def _gates(parts: Sequence[Direction], readings: Sequence[Reading]) -> LayerGates:
    real = [_real(one, reading) for one, reading in zip(parts, readings, strict=True)]
    found = []
    for n, signal in enumerate(parts[0].signals):
        if signal.kind == "gate":
            values = [one.signals[n].values[own] for one, own in zip(parts, real, strict=True)]
            whole = np.concatenate(values)[None]
            found.append(saturation(replace(signal, values=whole), np.ones(whole.shape[:2], bool)))
    return LayerGates(parts[0].place, parts[0].units, found)


def _followed(
    read: Sequence[Sequence[Direction]], readings: Sequence[Reading], codec: Codec
) -> list[Followed]:
    """For each thing that can be followed the one unit that does it best."""
    found = []
    for encodes in (False, True):
        own = [[one for one in row if _encodes(one) == encodes] for row in read]
        if not own[0]:
            continue
        samples = [
            sample_of(row, reading, codec, encodes=encodes)
            for row, reading in zip(own, readings, strict=True)
        ]
        found += _of_calls(samples, own[0])
    return sorted(found, key=lambda one: -one.strength)


def _of_calls(samples: Sequence[Sample], layers: Sequence[Direction]) -> list[Followed]:
    values = np.concatenate([one.values for one in samples])
    halves = Halves(values, np.concatenate([one.chooses for one in samples]))
    places = [
        (one.layer, unit + (one.units if one.name == "backward" else 0))
        for one in layers
        for unit in range(one.units)
    ]
    found = []
    names = [name for name in samples[0].targets if all(name in one.targets for one in samples)]
    for name in names:
        best = halves.follower(np.concatenate([one.targets[name] for one in samples]))
        if best is not None:
            layer, unit = places[best.unit]
            measure = "AUC" if best.is_area else "correlation"
            found.append(Followed(layer, unit, name, measure, best.score, best.rises))
    return found


def _encodes(read: Direction) -> bool:
    return read.layer.startswith("encoder/")
