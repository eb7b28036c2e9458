"""Scores of next-token predictions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class NextTokenScore:
    """Sums over the predictions of tokens.

    Args:
        tokens: The number of predicted tokens.
        correct: The number of tokens that were the most probable one.
        nats: The sum of -ln p(token).
    """

    tokens: int = 0
    correct: int = 0
    nats: float = 0.0

    def __add__(self, other: NextTokenScore) -> NextTokenScore:
        return NextTokenScore(
            self.tokens + other.tokens, self.correct + other.correct, self.nats + other.nats
        )

    @property
    def loss(self) -> float:
        """The mean negative log-probability, in nats per token."""
        return self.nats / self.tokens

    @property
    def accuracy(self) -> float:
        return self.correct / self.tokens

    @property
    def perplexity(self) -> float:
        """exp(loss): the number of equally likely tokens that would be as hard to guess."""
        return math.exp(min(self.loss, 700.0))

    def as_dict(self) -> dict[str, float]:
        return {
            "accuracy": self.accuracy,
            "correct": self.correct,
            "tokens": self.tokens,
            "loss": self.loss,
            "perplexity": self.perplexity,
        }


def score_logits(logits: np.ndarray, targets: np.ndarray) -> NextTokenScore:
    """The score of (rows, vocabulary) logits against (rows,) token ids."""
    nats, hits = each_token(logits, targets)
    return NextTokenScore(len(targets), int(hits.sum()), float(nats.sum()))


def each_token(logits: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The negative log-probability of each token, in nats, and whether it is the most probable one,
    both (rows,).

    Args:
        logits: (rows, vocabulary).
        targets: (rows,) token ids.
    """
    logits = logits.astype(np.float64)
    logits -= logits.max(axis=-1, keepdims=True)
    nats = np.log(np.exp(logits).sum(axis=-1)) - logits[np.arange(len(targets)), targets]
    return nats, logits.argmax(axis=-1) == targets


def score_probabilities(
    probabilities: np.ndarray, guesses: np.ndarray, targets: np.ndarray
) -> NextTokenScore:
    """The score of a model by the probabilities of the targets and its predicted tokens, all
    (rows,).
    """
    nats = float(-np.log(probabilities).sum()) + 0.0  # never -0.0
    return NextTokenScore(len(targets), int((guesses == targets).sum()), nats)
