"""The gates and states of each recurrent layer in a call of the model."""

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
        sequence: Whether later layers read every step, not only the last one.
        signals: Its gates, then its states; (batch, timesteps, units) in the order of the input.
        lengths: (batch,) the number of steps without padding.
    """

    layer: str
    name: str
    sequence: bool
    signals: list[Signal]
    lengths: np.ndarray

    @property
    def place(self) -> str:
        """The layer and its direction, as printed."""
        return f"{self.layer}, {self.name}" if self.name else self.layer

    @property
    def units(self) -> int:
        return self.output.shape[-1]

    @property
    def output(self) -> np.ndarray:
        """The hidden state, (batch, timesteps, units)."""
        return next(signal.values for signal in self.signals if signal.kind == "state")

    @property
    def is_step(self) -> np.ndarray:
        """(batch, timesteps) whether a step is not padding."""
        return is_step(self.output.shape[1], self.lengths)

    @property
    def last(self) -> np.ndarray:
        """The hidden state after the last step that the direction reads, (batch, units)."""
        if self.name == "backward":
            return self.output[:, 0]
        return self.output[np.arange(len(self.lengths)), self.lengths - 1]


def directions(call: Call, layers: Sequence[Layer]) -> Iterator[Direction]:
    """The gates and states of each direction of some of a call's layers."""
    names = {layer.name for layer in layers}
    for layer_call in call.layers:
        name = call.name_of(layer_call.layer)
        if name in names:
            yield from _layer_directions(layer_call, name)


def _layer_directions(call: LayerCall, name: str) -> Iterator[Direction]:
    layer, spec, x = call.layer, spec_of(call.layer), np.asarray(call.inputs)
    state = call.state or initial_state(layer, len(x))
    if not spec.reads_backwards:
        forward = signals(x, state, call.weights, spec)
        yield Direction(name, "", layer.sequence, forward, call.lengths)
        return
    forward = signals(x, state, weights_below("forward", call.weights), spec)
    yield Direction(name, "forward", layer.sequence, forward, call.lengths)
    backward = signals(
        reverse(x, call.lengths), state, weights_below("backward", call.weights), spec
    )
    in_order = [replace(signal, values=reverse(signal.values, call.lengths)) for signal in backward]
    yield Direction(name, "backward", layer.sequence, in_order, call.lengths)


def concatenate(parts: Sequence[Direction]) -> Direction:
    """The steps of several calls, of one row each, one after the other."""
    first = parts[0]
    joined = [
        replace(signal, values=np.concatenate([part.signals[n].values[:1] for part in parts], 1))
        for n, signal in enumerate(first.signals)
    ]
    lengths = np.array([sum(int(part.lengths[0]) for part in parts)])
    return replace(first, signals=joined, lengths=lengths)
