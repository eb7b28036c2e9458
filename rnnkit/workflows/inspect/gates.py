"""The gates and states of a run's recurrent layers, over one text or over its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.insight.gates import Saturation, Signal, saturation
from rnnkit.workflows.inspect.directions import Direction, concatenate, directions
from rnnkit.workflows.inspect.layers import (
    recurrent_layers,
    require_known,
    require_recurrent,
    require_units,
)
from rnnkit.workflows.inspect.recordings import TextInput, recorded_calls
from rnnkit.workflows.inspect.tokens import read_tokens
from rnnkit.workflows.trained import find_trained, open_run

MOST_CALLS = 200  # of a model that is called once per token
Kind = Literal["gates", "states"]


@dataclass(frozen=True)
class GateSelection:
    """Which gates and states are wanted.

    Args:
        layer: One recurrent layer; None for all.
        units: The units of each direction; None for all.
        only: Only gates, or only states; None for both.
    """

    layer: str | None = None
    units: range | None = None
    only: Kind | None = None


@dataclass(frozen=True)
class Panel:
    """The gates and states of one direction of a layer while it reads a text.

    Args:
        layer: The layer's name; of an encoder "encoder/NAME".
        direction: "", "forward" or "backward".
        tokens: The token read at each step; "step N" for a model that reads numbers.
        first: The index of the first selected unit.
        of: The number of units of the direction.
        signals: Gates and states, values of (timesteps, selected units) each.
        gates: Statistics over all units; empty for a layer without gates.
    """

    layer: str
    direction: str
    tokens: list[str]
    first: int
    of: int
    signals: list[Signal]
    gates: list[Saturation]

    @property
    def place(self) -> str:
        """The layer and its direction, as printed."""
        return f"{self.layer}, {self.direction}" if self.direction else self.layer


def gates(
    name: str | None,
    text: str | None,
    selection: GateSelection = GateSelection(),
    *,
    condition: str | None = None,
) -> list[Panel]:
    """The gates and states of a run's recurrent layers while it reads a text.

    Args:
        name: A run's folder or name; None for the newest.
        text: As in `predict`; None for the newest steps of a forecaster's own series.
        selection: The layer, the units and the kind of signal.
        condition: As in `generate`: what the text is conditioned on.

    Raises:
        RnnkitError: If there is no such run, layer or unit, the text cannot be read, a layer has
            no gates and only gates are wanted, or NumPy cannot compute a layer.
    """
    run = find_trained(name)
    task, codec, architecture, weights = open_run(run)
    require_known(architecture, str(run))
    require_recurrent(architecture, str(run))
    layers = recurrent_layers(architecture, selection.layer)
    if selection.units is not None:
        require_units(selection.units, layers)
    calls = recorded_calls(task, codec, architecture, weights, TextInput(text, condition))
    panels = []
    for encodes in (True, False):
        side = [call for call in calls if call.encodes == encodes][:MOST_CALLS]
        layers_of_calls = [list(directions(call, layers)) for call in side]
        tokens = [token for call in side for token in read_tokens(call, codec)]
        panels += [
            _panel(concatenate(parts), tokens, selection)
            for parts in zip(*layers_of_calls, strict=True)
            if parts
        ]
    if selection.only == "gates" and not any(panel.gates for panel in panels):
        raise without_gates(panels)
    return panels


def without_gates(panels: Sequence[Panel]) -> RnnkitError:
    """The error for --only gates of layers without gates."""
    got = f"{', '.join(dict.fromkeys(panel.layer for panel in panels))} without gates"
    expected = "Expected a layer whose equation scales by a sigmoid, such as lstm or gru"
    return RnnkitError("--only", got, expected)


def _panel(direction: Direction, tokens: list[str], selection: GateSelection) -> Panel:
    units = selection.units or range(direction.units)
    length = int(direction.lengths[0])
    real = np.ones((1, length), bool)
    signals = [replace(signal, values=signal.values[0, :length]) for signal in direction.signals]
    return Panel(
        direction.layer,
        direction.name,
        tokens,
        units.start,
        direction.units,
        [
            replace(signal, values=signal.values[:, units.start : units.stop])
            for signal in signals
            if selection.only is None or selection.only == f"{signal.kind}s"
        ],
        [
            saturation(replace(signal, values=signal.values[None]), real)
            for signal in signals
            if signal.kind == "gate"
        ],
    )
