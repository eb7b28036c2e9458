"""Decoding by a model with a fixed window that reads each token only once.

A token belongs to the windows that end at it and at each of the tokens after it. The states of all
these windows are carried, and advanced together as rows of one batch: a new token is one step of
`window` rows that reads the weights once, instead of `window` consecutive steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from rnnkit.architecture import Architecture, Layer
from rnnkit.engine.recurrent import State, States, initial_state, is_cell_alone
from rnnkit.generation.stepper import joined
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool

Array = np.ndarray

STEP_BY_STEP = (Dense, Dropout, Embedding, OneHot)
"""Layers whose output at a step depends on that step alone."""


def why_not_carried(architecture: Architecture) -> str:
    """Why each token's window must be read as a whole; "" if its states can be carried."""
    recurrent = [layer for layer in architecture.layers if is_cell_alone(layer.spec)]
    if not recurrent or architecture.padded:
        return "windows of unequal length" if recurrent else "no recurrent layer"
    for layer in _body(architecture):
        if is_cell_alone(layer.spec) and layer.spec.reads_backwards:
            return f"{layer.name} reads backwards, from a window's last token"
        is_last_step = isinstance(layer.spec, Pool) and layer.spec.mode == "last"
        if not (is_cell_alone(layer.spec) or type(layer.spec) in STEP_BY_STEP or is_last_step):
            return f"{layer.name} ({layer.kind}) reads several steps of a window at once"
    return ""


def _body(architecture: Architecture) -> Iterator[Layer]:
    """The layers that read sequences; those after them read single vectors."""
    return (layer for layer in architecture.layers if len(layer.inputs) > 1)


class CarriedWindows:
    """A Stepper whose state holds the states of all windows that the next token belongs to: for
    each recurrent layer arrays (window - 1, batch, units), whose row j has read j + 1 tokens.

    Args:
        layers: The model's layers with their weights.
        window: How many tokens the model sees.
        step: One step of a recurrent layer: (rows, 1, features), its state, weights and layer to
            its output and state.
        forward: The same for a layer without a state.
    """

    def __init__(
        self,
        layers: Sequence[tuple[Layer, dict[str, Array]]],
        window: int,
        step: Callable[[Array, State, dict[str, Array], Layer], tuple[Array, State]],
        forward: Callable[[Array, dict[str, Array], Layer, Array], Array],
    ):
        steps = [pair for pair in layers if not isinstance(pair[0].spec, Pool)]
        self._body = [step for step in steps if len(step[0].inputs) > 1]
        self._head = [step for step in steps if len(step[0].inputs) == 1]
        self._window, self._step, self._forward = window, step, forward

    def init_state(self, token_ids: Array) -> tuple[Array, States]:
        """Reads the last window of (batch, tokens) ids."""
        batch, states = len(token_ids), States()
        for layer, _ in self._body:
            if is_cell_alone(layer.spec):
                states[layer.name] = tuple(
                    np.zeros((self._window - 1, *array.shape), np.float32)
                    for array in initial_state(layer, batch)
                )
        for tokens in token_ids[:, -self._window : -1].T:
            states = self._read(tokens, states)[1]
        return self.step(token_ids[:, -1], states)

    def step(self, token_ids: Array, state: States) -> tuple[Array, States]:
        """Reads one more token of each row, (batch,)."""
        x, states = self._read(token_ids, state)
        for layer, weights in self._head:
            x = self._forward(x, weights, layer, np.ones(len(x), np.int64))
        return x, states

    def reorder(self, state: States, rows: Array) -> States:
        return {name: tuple(array[:, rows] for array in arrays) for name, arrays in state.items()}

    def join(self, states: Sequence[States]) -> States:
        return joined(states, axis=1)

    def _read(self, token_ids: Array, states: States) -> tuple[Array, States]:
        """The body's output for the windows that end here, (batch, units), and the states of the
        other windows.
        """
        batch, after = len(token_ids), States()
        rows = self._window * batch
        x, lengths = np.tile(token_ids, self._window)[:, None], np.ones(rows, np.int64)
        for layer, weights in self._body:
            if layer.name not in states:
                x = self._forward(x, weights, layer, lengths)
                continue
            begun = tuple(
                np.concatenate([np.zeros_like(array, shape=(1, *array.shape[1:])), array])
                for array in states[layer.name]
            )
            x, moved = self._step(
                x, tuple(array.reshape(rows, -1) for array in begun), weights, layer
            )
            after[layer.name] = tuple(
                array.reshape(self._window, batch, -1)[:-1] for array in moved
            )
        return x[-batch:, 0], after
