"""From logits to the next token: each sampler changes (batch, vocabulary) logits; then a token is
drawn.

Samplers are applied in the order of the registry: repetition penalty, top-k, temperature, top-p.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def repetition_penalty(logits: Array, penalty: float, history: Array) -> Array:
    """Makes tokens of `history`, (batch, tokens), less likely: positive logits / penalty, negative
    ones * penalty (Keskar et al. 2019).
    """
    logits = logits.copy()
    seen = np.take_along_axis(logits, history, axis=-1)
    np.put_along_axis(logits, history, np.where(seen > 0, seen / penalty, seen * penalty), axis=-1)
    return logits


def top_k(logits: Array, count: int, history: Array) -> Array:
    """Keeps the `count` likeliest tokens; where some are equal, those of lower id."""
    order = np.argsort(-logits, axis=-1, kind="stable")
    return _without(logits, order[:, count:])


def temperature(logits: Array, degree: float, history: Array) -> Array:
    """Below 1 the likely become likelier, above 1 the odds even out."""
    below = logits - logits.max(axis=-1, keepdims=True)
    with np.errstate(over="ignore"):  # near 0 all but the likeliest are at -inf
        return below / degree


def top_p(logits: Array, share: float, history: Array) -> Array:
    """Keeps the smallest set of likeliest tokens that holds at least `share` of the probability
    (Holtzman et al. 2020).
    """
    order = np.argsort(-logits, axis=-1, kind="stable")
    ordered = np.take_along_axis(logits, order, axis=-1)
    probabilities = np.exp(ordered - ordered[:, :1])
    probabilities /= probabilities.sum(axis=-1, keepdims=True)
    # what the likelier ones hold already; the first is always kept
    before = probabilities.cumsum(axis=-1) - probabilities
    logits = logits.copy()
    np.put_along_axis(logits, order, np.where(before < share, ordered, -np.inf), axis=-1)
    return logits


def _without(logits: Array, token_ids: Array) -> Array:
    logits = logits.copy()
    np.put_along_axis(logits, token_ids, -np.inf, axis=-1)
    return logits


def greedy(logits: Array) -> Array:
    """The likeliest token of each row: (batch,)."""
    return logits.argmax(axis=-1)


def draw(logits: Array, generator: np.random.Generator) -> Array:
    """A token of each row, drawn from softmax(logits): (batch,)."""
    # The largest of logits with Gumbel noise is a draw from their softmax (Gumbel 1954; Maddison et
    # al. 2014).
    return greedy(logits + generator.gumbel(size=logits.shape))
