"""From logits to the next token."""

from __future__ import annotations

import numpy as np


def greedy(logits: np.ndarray) -> np.ndarray:
    """The likeliest token of each row of (batch, vocabulary) logits: (batch,)."""
    return logits.argmax(axis=-1)


def sample(logits: np.ndarray, temperature: float, generator: np.random.Generator) -> np.ndarray:
    """A token of each row, drawn from softmax(logits / temperature).

    Args:
        logits: (batch, vocabulary).
        temperature: Below 1 the likely become likelier, above 1 the odds even out; more than 0.
        generator: The source of chance.

    Returns:
        (batch,) token ids.
    """
    # The largest of logits with Gumbel noise is a draw from their softmax (Gumbel 1954; Maddison et al. 2014).
    noise = generator.gumbel(size=logits.shape)
    return greedy(logits.astype(np.float64) / temperature + noise)
