"""Generation over a Stepper: greedy, sampled, or by beam search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.generation.options import Generate
from rnnkit.generation.samplers import OPTIONS, draw, greedy
from rnnkit.generation.stepper import Stepper


class Choice:
    """Chooses the next token of each row: the most probable one at temperature 0, else a sampled
    one.

    Args:
        options: Samplers and seed.
        banned: Ids that are never chosen.
        token_ids: (rows, tokens) ids before the first new one.
    """

    def __init__(self, options: Generate, banned: Sequence[int], token_ids: np.ndarray):
        self._options, self._banned = options, list(banned)
        self._generator = np.random.default_rng(options.random_seed)
        samplers = [(sampler, getattr(options, name)) for name, sampler in OPTIONS.items()]
        # Temperature 0 would divide by zero: it means the most probable token.
        self._samplers = [(sampler, value) for sampler, value in samplers if value]
        self._seen, self._tokens = token_ids, token_ids.shape[1]  # a buffer that grows

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        """The next token of each row, (rows,), from (rows, vocabulary) logits."""
        history = self._seen[:, : self._tokens]
        logits = logits.astype(np.float64)
        logits[:, self._banned] = -np.inf
        for sampler, value in self._samplers:
            logits = sampler(logits, value, history)
        for further in self._options.samplers:
            logits = further.apply(logits, history)
        is_greedy = self._options.temperature == 0
        tokens = greedy(logits) if is_greedy else draw(logits, self._generator)
        if self._tokens == self._seen.shape[1]:
            room = np.zeros((len(tokens), max(16, self._tokens)), self._seen.dtype)
            self._seen = np.concatenate([self._seen, room], axis=1)
        self._seen[:, self._tokens] = tokens
        self._tokens += 1
        return tokens


def generate(
    stepper: Stepper,
    token_ids: np.ndarray,
    options: Generate,
    banned: Sequence[int] = (),
    copies: int = 1,
) -> Iterator[np.ndarray]:
    """New tokens, one step at a time: greedy at temperature 0, else sampled.

    Args:
        stepper: The model.
        token_ids: (texts, tokens) ids to continue.
        options: Samplers, length and seed.
        banned: Ids that are never generated.
        copies: Continuations of each text, which is read once: the batch is texts * copies.

    Yields:
        (batch,) ids of the next token.
    """
    logits, state = stepper.init_state(token_ids)
    if copies > 1:
        rows = np.repeat(np.arange(len(token_ids)), copies)
        token_ids, logits, state = token_ids[rows], logits[rows], stepper.reorder(state, rows)
    choose = Choice(options, banned, token_ids)
    for position in range(options.longest):
        tokens = choose(logits)
        yield tokens
        if position + 1 < options.longest:
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


def complete(
    stepper: Stepper,
    token_ids: np.ndarray,
    options: Generate,
    banned: Sequence[int] = (),
    ends: Callable[[list[int]], bool] = lambda tokens: False,
    copies: int = 1,
) -> list[list[int]]:
    """The continuations of each row of (texts, tokens) ids by `generate`, each up to the token with
    which it `ends`.
    """
    rows: list[list[int]] = [[] for _ in range(copies * len(token_ids))]
    unfinished = set(range(len(rows)))
    for tokens in generate(stepper, token_ids, options, banned, copies):
        for row in list(unfinished):
            rows[row].append(int(tokens[row]))
            if ends(rows[row]):
                unfinished.discard(row)
        if not unfinished:
            break
    return rows


def beam_search(
    stepper: Stepper,
    token_ids: np.ndarray,
    options: Generate,
    banned: Sequence[int] = (),
    ends: Callable[[list[int]], bool] = lambda tokens: False,
) -> list[list[Beam]]:
    """The best continuations of each text that a beam of `options.beam_size` finds, best first. All
    texts are decoded in one batch.

    Args:
        stepper: The model.
        token_ids: (texts, tokens) ids to continue.
        options: Beam size, length penalty (Wu et al. 2016, without the constant 5) and length.
        banned: Ids that are never generated.
        ends: Whether a continuation is finished before `options.longest`.
    """
    longest = options.longest
    beams: list[list[tuple[list[int], float]]] = [[([], 0.0)] for _ in token_ids]  # for each text
    finished: list[list[Beam]] = [[] for _ in token_ids]
    logits, state = stepper.init_state(token_ids)
    for position in range(longest):
        logits = logits.astype(np.float64)
        logits[:, list(banned)] = -np.inf
        log_probabilities = _log_softmax(logits)
        rows: list[int] = []  # the state's rows, one for each unfinished continuation
        first = 0
        for text, before in enumerate(beams):
            totals = log_probabilities[first : first + len(before)] + np.array(
                [[total] for _, total in before]
            ).reshape(-1, 1)
            unfinished: list[tuple[list[int], float]] = []
            # twice the width, so that finished continuations do not empty the beam
            for row, token, total in _best(totals, 2 * options.beam_size):
                continuation = [*before[row][0], token]
                if ends(continuation) or position + 1 == longest:
                    finished[text].append(
                        Beam(
                            continuation, total, total / len(continuation) ** options.length_penalty
                        )
                    )
                elif len(unfinished) < options.beam_size:
                    unfinished.append((continuation, total))
                    rows.append(first + row)
            first += len(before)
            beams[text] = unfinished
            if unfinished and _is_decided(finished[text], unfinished[0][1], options):
                del rows[len(rows) - len(unfinished) :]
                beams[text] = []
        if not rows:
            break
        state = stepper.reorder(state, np.array(rows))
        logits, state = stepper.step(
            np.array([continuation[-1] for beam in beams for continuation, _ in beam]),
            state,
        )
    return [sorted(beams, key=lambda beam: -beam.score)[: options.beam_size] for beams in finished]


def _best(totals: np.ndarray, count: int) -> Iterator[tuple[int, int, float]]:
    """Row, token and total of the highest of (continuations, vocabulary) totals, best first; equal
    ones in their order.
    """
    flat = totals.ravel()
    count = min(count, len(flat))
    if not count:
        return
    candidates = np.flatnonzero(flat >= np.partition(flat, len(flat) - count)[len(flat) - count])
    for index in candidates[np.argsort(-flat[candidates], kind="stable")][:count]:
        if np.isfinite(flat[index]):
            yield int(index) // totals.shape[1], int(index) % totals.shape[1], float(flat[index])


def _is_decided(finished: list[Beam], highest: float, options: Generate) -> bool:
    """Whether no continuation with a total of at most `highest` can still be among the best: totals
    only fall, and the score is at most the total divided by the penalty of the largest length.
    """
    better = sum(
        beam.score >= highest / options.longest**options.length_penalty for beam in finished
    )
    return better >= options.beam_size


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
