"""Samplers: each changes the (batch, vocabulary) logits from which the next token is drawn.

Those that are options of `generate:` apply first, in the order of `OPTIONS`; then those that it
lists as `samplers`, in their own order.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from pydantic import Field

from rnnkit.config.spec import Spec

Array = np.ndarray


class SamplerSpec(Spec):
    """The base of the samplers that `generate.samplers` may list, including a user's own."""

    keeps_best: ClassVar[bool] = False
    """Whether the most probable token stays so: at temperature 0 it is without effect then."""

    @abstractmethod
    def apply(self, logits: Array, history: Array) -> Array:
        """The changed logits of the next token; -inf for a token that must not be sampled.

        Args:
            logits: (batch, vocabulary).
            history: The tokens so far, (batch, tokens).
        """


class MinP(SamplerSpec):
    """Keeps the tokens that are at least a share as probable as the most probable one (Nguyen et
    al. 2024).
    """

    short: ClassVar[str | None] = "share"
    keeps_best: ClassVar[bool] = True
    share: float = Field(0.1, gt=0, le=1, description="of the highest probability")

    def apply(self, logits: Array, history: Array) -> Array:
        below = logits - logits.max(axis=-1, keepdims=True)
        return np.where(below >= np.log(self.share), logits, -np.inf)


def repetition_penalty(logits: Array, penalty: float, history: Array) -> Array:
    """Makes tokens of `history`, (batch, tokens), less probable: positive logits / penalty,
    negative ones * penalty (Keskar et al. 2019).
    """
    logits = logits.copy()
    seen = np.take_along_axis(logits, history, axis=-1)
    np.put_along_axis(logits, history, np.where(seen > 0, seen / penalty, seen * penalty), axis=-1)
    return logits


def top_k(logits: Array, count: float, history: Array) -> Array:
    """Keeps the `count` most probable tokens; of equals, those of lower id."""
    order = np.argsort(-logits, axis=-1, kind="stable")
    return _without(logits, order[:, int(count) :])


def temperature(logits: Array, degree: float, history: Array) -> Array:
    """Below 1 sharpens the distribution, above 1 flattens it."""
    below = logits - logits.max(axis=-1, keepdims=True)
    with np.errstate(over="ignore"):  # near 0 all but the most probable become -inf
        return below / degree


def top_p(logits: Array, share: float, history: Array) -> Array:
    """Keeps the smallest set of most probable tokens whose sum is at least `share` of the
    probability (Holtzman et al. 2020).
    """
    order = np.argsort(-logits, axis=-1, kind="stable")
    ordered = np.take_along_axis(logits, order, axis=-1)
    probabilities = np.exp(ordered - ordered[:, :1])
    probabilities /= probabilities.sum(axis=-1, keepdims=True)
    # the total probability of the more probable ones; the first token is always kept
    before = probabilities.cumsum(axis=-1) - probabilities
    logits = logits.copy()
    np.put_along_axis(logits, order, np.where(before < share, ordered, -np.inf), axis=-1)
    return logits


OPTIONS: dict[str, Callable[[Array, float, Array], Array]] = {
    "repetition_penalty": repetition_penalty,
    "top_k": top_k,
    "temperature": temperature,
    "top_p": top_p,
}
"""The samplers that are options of `generate:`, by name, in the order in which they apply."""


def _without(logits: Array, token_ids: Array) -> Array:
    logits = logits.copy()
    np.put_along_axis(logits, token_ids, -np.inf, axis=-1)
    return logits


def greedy(logits: Array) -> Array:
    """The most probable token of each row: (batch,)."""
    return logits.argmax(axis=-1)


def draw(logits: Array, generator: np.random.Generator) -> Array:
    """A token of each row, sampled from softmax(logits): (batch,)."""
    # The largest of logits with Gumbel noise is a draw from their softmax (Gumbel 1954; Maddison et
    # al. 2014).
    return greedy(logits + generator.gumbel(size=logits.shape))
