"""The gates and states of a run's recurrent layers, over one text or over its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from rnnkit.errors import RnnkitError
from rnnkit.insight.gates import Saturation, Signal, saturation
from rnnkit.workflows.inspect.directions import Direction, directions, joined
from rnnkit.workflows.inspect.layers import (
    recurrent_layers,
    require_known,
    require_recurrent,
    require_units,
)
from rnnkit.workflows.inspect.recorded import Read, recorded
from rnnkit.workflows.inspect.tokens import read_tokens
from rnnkit.workflows.trained import find_trained, open_run

MOST_CALLS = 200  # of a model that is asked for one token at a time
Kind = Literal["gates", "states"]


@dataclass(frozen=True)
class Shown:
    """What is asked for.

    Args:
        layer: The one layer; None for each.
        units: The units of each direction; None for all.
        only: Gates alone, or states alone; None for both.
    """

    layer: str | None = None
    units: range | None = None
    only: Kind | None = None


@dataclass(frozen=True)
class Panel:
    """One direction of a layer while it reads.

    Args:
        layer: The layer's name; of an encoder "encoder/NAME".
        direction: "", "forward" or "backward".
        tokens: What is read at each step; "step N" where that is not a token.
        first: The number of the first unit that is shown.
        of: How many units there are.
        signals: (timesteps, units shown) each.
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
        """As it is printed."""
        return f"{self.layer}, {self.direction}" if self.direction else self.layer


def gates(
    name: str | None, text: str | None, shown: Shown = Shown(), *, condition: str | None = None
) -> list[Panel]:
    """Gates and states while a run reads a text.

    Args:
        name: A run's folder or name; None for the newest.
        text: As in `predict`; None for the newest steps of a forecaster's own series.
        shown: What is asked for.
        condition: As in `generate`: what the text is conditioned on.

    Raises:
        RnnkitError: If there is no such run, layer or unit, the text cannot be read, a layer has
            no gates and gates alone are asked for, or NumPy does not know a layer.
    """
    run = find_trained(name)
    task, codec, architecture, weights = open_run(run)
    require_known(architecture, str(run))
    require_recurrent(architecture, str(run))
    layers = recurrent_layers(architecture, shown.layer)
    if shown.units is not None:
        require_units(shown.units, layers)
    calls = recorded(task, codec, architecture, weights, Read(text, condition))
    panels = []
    for encodes in (True, False):
        own = [call for call in calls if call.encodes == encodes]
        read = [list(directions(call, layers)) for call in own[:MOST_CALLS]]
        tokens = [token for call in own[:MOST_CALLS] for token in read_tokens(call, codec)]
        panels += [
            _panel(joined(parts), tokens, shown) for parts in zip(*read, strict=True) if parts
        ]
    if shown.only == "gates" and not any(panel.gates for panel in panels):
        raise without_gates(panels)
    return panels


def without_gates(panels: Sequence[Panel]) -> RnnkitError:
    """The error if only gates are wanted, and there are none."""
    got = f"{', '.join(dict.fromkeys(panel.layer for panel in panels))} without gates"
    expected = "Expected a layer whose equation scales by a sigmoid, such as lstm or gru"
    return RnnkitError("--only", got, expected)


def _panel(read: Direction, tokens: list[str], shown: Shown) -> Panel:
    units = shown.units or range(read.units)
    length = int(read.lengths[0])
    real = np.ones((1, length), bool)
    whole = [replace(one, values=one.values[0, :length]) for one in read.signals]
    return Panel(
        read.layer,
        read.name,
        tokens,
        units.start,
        read.units,
        [
            replace(one, values=one.values[:, units.start : units.stop])
            for one in whole
            if shown.only is None or shown.only == f"{one.kind}s"
        ],
        [
            saturation(replace(one, values=one.values[None]), real)
            for one in whole
            if one.kind == "gate"
        ],
    )
