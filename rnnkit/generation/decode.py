"""Generation over a Stepper: which model answers, and how, stays behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from rnnkit.generation.samplers import greedy, sample


class Stepper(Protocol):
    """A model that is asked for one token after the other."""

    def start(self, token_ids: np.ndarray) -> tuple[np.ndarray, Any]:
        """Reads (batch, tokens) ids; gives the next token's logits, (batch, vocabulary), and the state."""

    def step(self, token_ids: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        """Reads one more token of each row, (batch,); gives the next token's logits and the new state."""

    def reorder(self, state: Any, rows: np.ndarray) -> Any:
        """The state with its rows in the order `rows`, as beams need it."""


class WindowStepper:
    """A model that sees the last `window` tokens only: its state is those tokens.

    Args:
        outputs: (batch, window) token ids to (batch, vocabulary) logits.
        window: Tokens that the model sees.
    """

    def __init__(self, outputs: Callable[[np.ndarray], np.ndarray], window: int):
        self._outputs, self._window = outputs, window

    def start(self, token_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        state = token_ids[:, -self._window :]
        return self._outputs(state), state

    def step(self, token_ids: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        state = np.concatenate([state[:, 1:], token_ids[:, None]], axis=1)
        return self._outputs(state), state

    def reorder(self, state: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return state[rows]


def generate(
    stepper: Stepper,
    token_ids: np.ndarray,
    *,
    max_new_tokens: int,
    temperature: float,
    random_seed: int | None = None,
    banned: Sequence[int] = (),
) -> Iterator[np.ndarray]:
    """New tokens, one step at a time.

    Args:
        stepper: The model.
        token_ids: (batch, tokens) ids to continue.
        max_new_tokens: How many to make.
        temperature: 0 for the likeliest token each time.
        random_seed: The seed of the draws; None for a new one each time.
        banned: Ids that are never produced.

    Yields:
        (batch,) ids of the next token.
    """
    generator = np.random.default_rng(random_seed)
    logits, state = stepper.start(token_ids)
    for position in range(max_new_tokens):
        logits = logits.copy()
        logits[:, list(banned)] = -np.inf
        tokens = greedy(logits) if temperature == 0 else sample(logits, temperature, generator)
        yield tokens
        if position + 1 < max_new_tokens:
            logits, state = stepper.step(tokens, state)
