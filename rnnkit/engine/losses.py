"""Losses by NumPy, of arrays or of what is followed back (`gradients`): each the mean that a
training minimises.

`weights` say how much a row or a step counts, 0 for padding.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.engine.terms import value_of

Array = np.ndarray


def weighted_mean(losses: Any, weights: Array) -> Any:
    """Of (batch, ...) losses."""
    return (losses * weights).sum() / np.maximum(weights.sum(), 1e-12)


def log_sum_exp(x: Any, axis: int) -> Any:
    """log(sum(exp(x))) along an axis, without overflow."""
    highest = value_of(x).max(axis=axis, keepdims=True)
    total = np.exp(x - highest).sum(axis=axis)
    return np.log(total) + np.squeeze(highest, axis=axis)


def cross_entropy(logits: Any, targets: Array, weights: Array) -> Any:
    """Nats of (..., outcomes) logits, with (...,) indices and weights."""
    right = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
    return weighted_mean(log_sum_exp(logits, -1) - right, weights)


def two_outcomes(logits: Any, targets: Array) -> Any:
    """Nats of each logit of "yes", with zeros and ones."""
    right = targets.astype(logits.dtype)
    return np.logaddexp(logits, np.float32(0)) - logits * right


def chain(potentials: Any, labels: Array, weights: Array) -> Any:
    """Nats of (batch, timesteps) labels after each other (`rnnkit.engine.crf`), by the forward
    algorithm (Rabiner 1989), over the steps.
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
