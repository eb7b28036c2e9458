"""The gates and states of each recurrent layer of a call, in the order of what was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnnkit.architecture import Layer
from rnnkit.engine.lengths import is_step, reverse
from rnnkit.engine.recorder import Call, LayerCall
from rnnkit.engine.recurrent import initial_state, weights_below
from rnnkit.insight.gates import Signal, signals
from rnnkit.workflows.inspect.layers import spec_of


@dataclass(frozen=True)
class Direction:
    """One direction of a recurrent layer.

    Args:
        layer: The layer's name; of an encoder "encoder/NAME".
        name: "", "forward" or "backward".
        sequence: Whether later layers read every step, not the last one alone.
        signals: Its gates, then its states; (batch, timesteps, units) in the order of the inputs.
        lengths: (batch,) steps that are not padding.
    """

    layer: str
    name: str
    sequence: bool
    signals: list[Signal]
    lengths: np.ndarray

    @property
    def place(self) -> str:
        """As it is printed."""
        return f"{self.layer}, {self.name}" if self.name else self.layer

    @property
    def units(self) -> int:
        return self.output.shape[-1]

    @property
    def output(self) -> np.ndarray:
        """The first array of the state, (batch, timesteps, units)."""
        return next(one.values for one in self.signals if one.kind == "state")

    @property
    def is_step(self) -> np.ndarray:
        """(batch, timesteps) whether a step is not padding."""
        return is_step(self.output.shape[1], self.lengths)

    @property
    def last(self) -> np.ndarray:
        """Where the direction ends, (batch, units)."""
        if self.name == "backward":
            return self.output[:, 0]
        return self.output[np.arange(len(self.lengths)), self.lengths - 1]


def directions(call: Call, layers: Sequence[Layer]) -> Iterator[Direction]:
    """The directions of some of a call's layers, each with its gates and states."""
    names = {layer.name for layer in layers}
    for one in call.layers:
        name = call.name_of(one.layer)
        if name in names:
            yield from _of_layer(one, name)


def _of_layer(call: LayerCall, name: str) -> Iterator[Direction]:
    layer, spec, x = call.layer, spec_of(call.layer), np.asarray(call.inputs)
    state = call.state or initial_state(layer, len(x))
    if not spec.reads_backwards:
        own = signals(x, state, call.weights, spec)
        yield Direction(name, "", layer.sequence, own, call.lengths)
        return
    forward = signals(x, state, weights_below("forward", call.weights), spec)
    yield Direction(name, "forward", layer.sequence, forward, call.lengths)
    backward = signals(
        reverse(x, call.lengths), state, weights_below("backward", call.weights), spec
    )
    in_order = [replace(one, values=reverse(one.values, call.lengths)) for one in backward]
    yield Direction(name, "backward", layer.sequence, in_order, call.lengths)


def joined(parts: Sequence[Direction]) -> Direction:
    """The steps of several calls of one row each as one."""
    first = parts[0]
    together = [
        replace(signal, values=np.concatenate([part.signals[n].values[:1] for part in parts], 1))
        for n, signal in enumerate(first.signals)
    ]
    lengths = np.array([sum(int(part.lengths[0]) for part in parts)])
    return replace(first, signals=together, lengths=lengths)
