"""The engine computing with terms, so that its outputs can be differentiated (`gradients`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.architecture import Architecture, Layer
from rnnkit.cells import RecurrentSpec
from rnnkit.engine.equations import NamedBy, in_order
from rnnkit.engine.forward import Engine
from rnnkit.engine.lengths import last_step, reverse
from rnnkit.engine.recorder import LayerCall, Recorder
from rnnkit.engine.recurrent import State, initial_state, is_cell_alone, weights_below
from rnnkit.engine.terms import Term, Terms
from rnnkit.errors import RnnkitError

Array = np.ndarray


@dataclass(frozen=True)
class Pass:
    """One direction of a recurrent layer.

    Args:
        start: The state before the first step.
        outputs: The output of each step, (batch, units), in the order in which steps are read.
        states: The state after each step.
        projected: The projection of each step's input, (batch, ...).
        rows: The named values of each step, if they are wanted.
    """

    start: tuple[Term, ...]
    outputs: list[Term] = field(default_factory=list)
    states: list[tuple[Term, ...]] = field(default_factory=list)
    rows: list[list[Term]] = field(default_factory=list)
    projected: list[Term] = field(default_factory=list)


@dataclass(frozen=True)
class RecurrentCall(LayerCall):
    """One call of a recurrent layer.

    Args:
        passes: Its steps, by "" or by "forward" and "backward".
    """

    passes: Mapping[str, Pass]


class Traced(Recorder):
    """Computes what the engine does, with terms as outputs.

    It keeps everything that it has computed: use a new one for each batch.

    Args:
        architecture: The resolved list of layers.
        weights: "layer/weight" to arrays.
        features: Replaces the output of the first layer, of an encoder-decoder the encoder's first,
            for instance by other embeddings than those of the tokens.
        rows: Whether the named values of each step are kept.

    Raises:
        RnnkitError: If NumPy does not know a layer.
    """

    def __init__(
        self,
        architecture: Architecture,
        weights: Mapping[str, Any],
        *,
        encodes: bool = False,
        features: Array | None = None,
        rows: bool = False,
    ):
        if unknown := Engine.unsupported(architecture):
            expected = "Expected layers that NumPy computes"
            raise RnnkitError(architecture.name, f"the layer {', '.join(unknown)}", expected)
        self.terms: dict[str, Any] = {
            name: array if isinstance(array, Term) else Term(array, name=name)
            for name, array in weights.items()
        }
        super().__init__(architecture, self.terms, encodes=encodes)
        self._features, self._rows = features, rows
        if isinstance(self._encoder, Traced):
            self._encoder._rows = rows
            self._encoder._features, self._features = features, None
        self._inner = {
            layer.name: Traced(inner, weights_below("characters", layer_weights))
            for layer, layer_weights in self._steps
            if layer.name in self._inner and (inner := layer.spec.inner())
        }

    def _forward(self, x: Any, weights: Any, layer: Layer, lengths: Array) -> Any:
        passes: Mapping[str, Pass] = {}
        outputs: Any
        if is_cell_alone(layer.spec):
            outputs, passes = self._read(x, weights, layer, lengths)
        elif self._features is not None and layer is self._steps[0][0]:
            outputs = Term(self._features)
        else:
            outputs = Engine._forward(self, x, weights, layer, lengths)
        outputs = outputs if isinstance(outputs, Term) else Term(outputs)
        self._keep(RecurrentCall(layer, x, outputs, weights, None, lengths, passes))
        return outputs

    def _forward_from(self, x: Any, state: State, weights: Any, layer: Layer) -> tuple[Any, State]:
        lengths, passes = np.full(len(x), x.shape[1]), dict[str, Pass]()
        outputs: Any
        after: Any
        if is_cell_alone(layer.spec):
            steps = self._direction(x, state, weights, layer, lengths)
            outputs, after = _stacked(steps.outputs), steps.states[-1]
            passes[""] = steps
        else:
            outputs, after = Engine._forward_from(self, x, state, weights, layer)
        self._keep(RecurrentCall(layer, x, outputs, weights, state, lengths, passes))
        return outputs, after

    def _read(
        self, x: Any, weights: Any, layer: Layer, lengths: Array
    ) -> tuple[Any, dict[str, Pass]]:
        """The outputs of a recurrent layer, as in `rnnkit.engine.recurrent`, and its steps."""
        state = initial_state(layer, len(x))
        if not layer.spec.reads_backwards:
            steps = self._direction(x, state, weights, layer, lengths)
            return _answer(steps, layer, lengths), {"": steps}
        forward = self._direction(x, state, weights_below("forward", weights), layer, lengths)
        reversed_x = reverse(x, lengths)
        backward = self._direction(
            reversed_x, state, weights_below("backward", weights), layer, lengths
        )
        back = _answer(backward, layer, lengths)
        if layer.sequence:
            back = reverse(back, lengths)
        both = np.concatenate([_answer(forward, layer, lengths), back], axis=-1)
        return both, {"forward": forward, "backward": backward}

    def _direction(self, x: Any, state: State, weights: Any, layer: Layer, lengths: Array) -> Pass:
        """One direction, step by step. Padding does not change the state, so that nothing
        overflows.
        """
        spec, xp = layer.spec, Terms()
        assert isinstance(spec, RecurrentSpec)
        before = tuple(array if isinstance(array, Term) else Term(array) for array in state)
        steps = Pass(before)
        projected = spec.cell.project(xp, x, weights)
        for step in range(x.shape[1]):
            current = projected[:, step]
            with NamedBy(spec.cell) if self._rows else nullcontext():
                output, after = spec.cell.step(xp, current, before, weights, spec)
            if self._rows:
                rows = in_order((output, *after), current.number)
                steps.rows.append([term for term in rows if term.name])
            steps.projected.append(current)
            steps.outputs.append(output)
            steps.states.append(after)
            before = _kept(after, before, (step < lengths)[:, None])
        return steps


def _kept(after: Any, before: Any, is_real: Array) -> Any:
    """The new state of each row, but the old one at padding."""
    if is_real.all():
        return after
    return tuple(np.where(is_real, new, old) for new, old in zip(after, before, strict=True))


def _answer(steps: Pass, layer: Layer, lengths: Array) -> Any:
    """A direction's output: of every step, zeros at padding, or of each sequence's last step."""
    outputs = _stacked(steps.outputs)
    if not layer.sequence:
        return last_step(outputs, lengths)
    is_real = np.arange(len(steps.outputs)) < lengths[:, None]
    return outputs if is_real.all() else np.where(is_real[..., None], outputs, np.float32(0))


def _stacked(steps: Sequence[Any]) -> Any:
    """(batch, units) of each step as (batch, timesteps, units)."""
    return np.stack(steps, axis=1)
