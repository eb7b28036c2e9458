"""Losses in NumPy: each the mean that a training minimises. Logits are arrays, or terms whose
gradients are followed back (`gradients`).

`weights` are how much a row or a step counts, 0 for padding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.engine.terms import value_of

Array = np.ndarray


def weighted_mean(losses: Any, weights: Array) -> Any:
    """The weighted mean of (batch, ...) losses."""
    return (losses * weights).sum() / np.maximum(weights.sum(), 1e-12)


def log_sum_exp(x: Any, axis: int) -> Any:
    """log(sum(exp(x))) along an axis, without overflow."""
    highest = value_of(x).max(axis=axis, keepdims=True)
    total = np.exp(x - highest).sum(axis=axis)
    return np.log(total) + np.squeeze(highest, axis=axis)


def cross_entropy(logits: Any, targets: Array, weights: Array) -> Any:
    """The mean cross-entropy in nats of (..., outcomes) logits, with (...,) indices and weights."""
    right = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return weighted_mean(log_sum_exp(logits, -1) - right, weights)


def two_outcomes(logits: Any, targets: Array) -> Any:
    """The binary cross-entropy, in nats, of each logit, with targets of zeros and ones."""
    right = targets.astype(logits.dtype)
    return np.logaddexp(logits, np.float32(0)) - logits * right


def chain(potentials: Any, labels: Array, weights: Array) -> Any:
    """The negative log-likelihood of sequences of labels, (batch, timesteps), in nats per step, by
    the forward algorithm (Rabiner 1989); potentials as in `rnnkit.engine.crf`.
    """
    rows, steps = np.ogrid[: len(labels), : labels.shape[1]]
    before = np.pad(labels[:, :-1], ((0, 0), (1, 0)))
    scores = (potentials[rows, steps, before, labels] * weights).sum()
    paths = potentials[:, 0, 0]
    for step in range(1, labels.shape[1]):
        longer = log_sum_exp(paths[:, :, None] + potentials[:, step], 1)
        paths = np.where(weights[:, step, None] > 0, longer, paths)
    is_text = weights.any(axis=1).astype(np.float32)
    return ((log_sum_exp(paths, -1) * is_text).sum() - scores) / np.maximum(weights.sum(), 1e-12)
