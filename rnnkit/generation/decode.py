"""Generation over a Stepper: which model answers, and how, stays behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from rnnkit.generation.options import Generate
from rnnkit.generation.samplers import draw, greedy
from rnnkit.registry import SAMPLERS, lookup

States = dict[str, tuple[np.ndarray, ...]]
"""The state of each recurrent layer, by the layer's name."""


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


class StreamStepper:
    """A model that carries its state: one step for each token.

    Args:
        model: Gives first states with `start(batch, condition)`, and with `go_on(token_ids, states)` the logits at every step and the new states.
        condition: What the text is conditioned on, (features,); None for nothing.
    """

    def __init__(self, model: Any, condition: np.ndarray | None = None):
        self._model, self._condition = model, condition

    def start(self, token_ids: np.ndarray) -> tuple[np.ndarray, States]:
        condition = None if self._condition is None else np.repeat(self._condition[None], len(token_ids), axis=0)
        logits, states = self._model.go_on(token_ids, self._model.start(len(token_ids), condition))
        return logits[:, -1], states

    def step(self, token_ids: np.ndarray, state: States) -> tuple[np.ndarray, States]:
        logits, states = self._model.go_on(token_ids[:, None], state)
        return logits[:, -1], states

    def reorder(self, state: States, rows: np.ndarray) -> States:
        return {name: tuple(array[rows] for array in arrays) for name, arrays in state.items()}


def generate(stepper: Stepper, token_ids: np.ndarray, options: Generate, banned: Sequence[int] = ()) -> Iterator[np.ndarray]:
    """New tokens, one step at a time: greedy at temperature 0, else drawn.

    Args:
        stepper: The model.
        token_ids: (batch, tokens) ids to continue.
        options: Samplers, length and seed.
        banned: Ids that are never produced.

    Yields:
        (batch,) ids of the next token.
    """
    generator = np.random.default_rng(options.random_seed)
    samplers = [(lookup("sampler", name), value) for name in SAMPLERS if (value := getattr(options, name)) is not None]
    history = token_ids
    logits, state = stepper.start(token_ids)
    for position in range(options.max_new_tokens):
        logits = logits.astype(np.float64)
        logits[:, list(banned)] = -np.inf
        for sampler, value in samplers:
            if sampler.__name__ != "temperature" or value > 0:
                logits = sampler(logits, value, history)
        tokens = greedy(logits) if options.temperature == 0 else draw(logits, generator)
        yield tokens
        if position + 1 < options.max_new_tokens:
            history = np.concatenate([history, tokens[:, None]], axis=1)
            logits, state = stepper.step(tokens, state)


@dataclass(frozen=True)
class Beam:
    """A continuation and its score.

    Args:
        tokens: The new token ids.
        log_probability: Their log-probability given the text before.
        score: log_probability / length ** length_penalty: what beams are ranked by.
    """

    tokens: list[int]
    log_probability: float
    score: float


def beam_search(
    stepper: Stepper, token_ids: np.ndarray, options: Generate, banned: Sequence[int] = (), ends: Callable[[list[int]], bool] = lambda tokens: False
) -> list[Beam]:
    """The best continuations that a beam of `options.beam_size` finds, best first.

    Args:
        stepper: The model.
        token_ids: (1, tokens) ids to continue.
        options: Beam size, length penalty (Wu et al. 2016, without the constant 5) and length.
        banned: Ids that are never produced.
        ends: Whether a continuation is finished before `options.max_new_tokens`.
    """
    width = options.beam_size
    beams: list[tuple[list[int], float]] = [([], 0.0)]
    finished: list[Beam] = []
    logits, state = stepper.start(token_ids)
    for position in range(options.max_new_tokens):
        logits = logits.astype(np.float64)
        logits[:, list(banned)] = -np.inf
        totals = _log_softmax(logits) + np.array([[total] for _, total in beams])
        # Twice the width, so that finished continuations do not empty the beam.
        best = np.argsort(-totals, axis=None, kind="stable")[: 2 * width]
        rows, tokens = np.unravel_index(best, totals.shape)
        candidates = [([*beams[row][0], int(token)], float(totals[row, token]), row) for row, token in zip(rows, tokens, strict=True)]
        going_on: list[tuple[list[int], float, int]] = []
        for continuation, total, row in candidates:
            if not np.isfinite(total):
                continue
            if ends(continuation) or position + 1 == options.max_new_tokens:
                finished.append(Beam(continuation, total, total / len(continuation) ** options.length_penalty))
            elif len(going_on) < width:
                going_on.append((continuation, total, row))
        if not going_on:
            break
        beams = [(continuation, total) for continuation, total, _ in going_on]
        state = stepper.reorder(state, np.array([row for *_, row in going_on]))
        logits, state = stepper.step(np.array([continuation[-1] for continuation, _ in beams]), state)
    return sorted(finished, key=lambda beam: -beam.score)[:width]


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
