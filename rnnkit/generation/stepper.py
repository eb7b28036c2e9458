"""The interface by which decoding reads one token at a time; it hides which model computes the
logits, and how its state is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from typing_extensions import TypeVar

from rnnkit.progress import Progress

States = dict[str, tuple[np.ndarray, ...]]
"""The state of each recurrent layer, by the layer's name."""

S = TypeVar("S", default=Any)

READ_AT_ONCE = 1024  # tokens of a prompt


class Stepper(Protocol[S]):
    """A model that reads one token at a time; S is the type of its state."""

    def init_state(self, token_ids: np.ndarray) -> tuple[np.ndarray, S]:
        """Reads (batch, tokens) ids; returns the next token's logits, (batch, vocabulary), and the
        state.
        """

    def step(self, token_ids: np.ndarray, state: S) -> tuple[np.ndarray, S]:
        """Reads one more token of each row, (batch,); returns the next token's logits and the new
        state.
        """

    def reorder(self, state: S, rows: np.ndarray) -> S:
        """The state with its rows selected by `rows`, for a beam search."""

    def join(self, states: Sequence[S]) -> S:
        """The states of several batches, concatenated along their rows."""


class WindowStepper:
    """A model that sees only the last `window` tokens, which are its state.

    Args:
        outputs: (batch, window) token ids to (batch, vocabulary) logits.
        window: How many tokens the model sees.
    """

    def __init__(self, outputs: Callable[[np.ndarray], np.ndarray], window: int):
        self._outputs, self._window = outputs, window

    def init_state(self, token_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        state = token_ids[:, -self._window :]
        return self._outputs(state), state

    def step(self, token_ids: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        state = np.concatenate([state[:, 1:], token_ids[:, None]], axis=1)
        return self._outputs(state), state

    def reorder(self, state: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return state[rows]

    def join(self, states: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate(states)


@runtime_checkable
class CarriesWindows(Protocol):
    """A model with a fixed window that may be able to read each token only once."""

    def windows(self, window: int) -> Stepper | None:
        """A stepper that carries the states of windows; None if each window is read as a whole."""


def window_stepper(outputs: Callable[[np.ndarray], np.ndarray], window: int) -> Stepper:
    """The fastest stepper for a model with a fixed window; arguments as in `WindowStepper`."""
    carried = outputs.windows(window) if isinstance(outputs, CarriesWindows) else None
    return carried or WindowStepper(outputs, window)


class ReportedStepper:
    """A stepper that reports its progress while a text is decoded.

    Args:
        stepper: What computes each step.
        longest: The most tokens of a text.
    """

    def __init__(self, stepper: Stepper, longest: int):
        self._stepper, self._progress = stepper, Progress("tokens of each text", longest)
        self.init_state, self.reorder, self.join = (
            stepper.init_state,
            stepper.reorder,
            stepper.join,
        )

    def step(self, token_ids: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        self._progress.advance(1)
        return self._stepper.step(token_ids, state)


class CarriesState(Protocol):
    """A model that reads a text step by step."""

    def init_state(self, batch: int, condition: np.ndarray | None = None) -> States:
        """The states before the first token, computed from a (batch, features) condition if there
        is one.
        """

    def step(self, inputs: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        """Logits at each step of (batch, timesteps) token ids, and the states after the last."""


class StreamStepper:
    """A model that carries its state: one step for each token.

    Args:
        model: The model.
        condition: What the texts are conditioned on, (features,) for all or (batch, features); None
            for nothing.
    """

    def __init__(self, model: CarriesState, condition: np.ndarray | None = None):
        self._model, self._condition = model, condition

    def init_state(self, token_ids: np.ndarray) -> tuple[np.ndarray, States]:
        condition = (
            None
            if self._condition is None
            else np.broadcast_to(self._condition, (len(token_ids), self._condition.shape[-1]))
        )
        states = self._model.init_state(len(token_ids), condition)
        logits = np.empty((len(token_ids), 0, 0), np.float32)
        # the logits at every token of a long text would fill the memory
        for start in range(0, token_ids.shape[1], READ_AT_ONCE):
            logits, states = self._model.step(token_ids[:, start : start + READ_AT_ONCE], states)
        return logits[:, -1], states

    def step(self, token_ids: np.ndarray, state: States) -> tuple[np.ndarray, States]:
        logits, states = self._model.step(token_ids[:, None], state)
        return logits[:, -1], states

    def reorder(self, state: States, rows: np.ndarray) -> States:
        return {name: tuple(array[rows] for array in arrays) for name, arrays in state.items()}

    def join(self, states: Sequence[States]) -> States:
        return joined(states)


def joined(states: Sequence[States], axis: int = 0) -> States:
    """States of the same layers as one, along the axis of their rows."""
    return {
        name: tuple(
            np.concatenate(arrays, axis=axis)
            for arrays in zip(*(state[name] for state in states), strict=True)
        )
        for name in states[0]
    }
