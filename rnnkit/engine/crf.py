"""The best labels of a linear-chain conditional random field, and their probabilities, in NumPy.

`potentials`, (batch, timesteps, labels, labels), are the score of a label (last axis) given the one
before it; at the first step all rows are equal. For a model that scores each step independently,
they are equal everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LOWEST = -1e30


class Legal(NamedTuple):
    """The transitions between labels that a tagging scheme allows.

    Args:
        first: (labels,) booleans: which may begin a sequence.
        pairs: (labels, labels): whether the second may follow the first.
        last: (labels,): which may end a sequence.
    """

    first: np.ndarray
    pairs: np.ndarray
    last: np.ndarray


def decode(
    potentials: np.ndarray, lengths: np.ndarray, legal: Legal | None = None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The labels with the highest score (Viterbi 1967) and the probability of each
    (forward-backward, Rabiner 1989).

    Args:
        potentials: (batch, timesteps, labels, labels).
        lengths: (batch,) steps that are not padding.
        legal: If given, other sequences have no probability.

    Returns:
        For each sequence (length,) labels and (length,) probabilities.
    """
    potentials = _allowed(potentials, lengths, legal)
    best, summed = _forward(potentials)
    labels = _best_path(potentials, best, lengths)
    shares = _log_shares(potentials, summed, lengths)
    chosen = np.take_along_axis(shares, labels[..., None], axis=-1)[..., 0]
    return [
        (labels[row, :length], np.exp(np.minimum(chosen[row, :length], 0)))
        for row, length in enumerate(lengths)
    ]


def marginals(
    potentials: np.ndarray, lengths: np.ndarray, legal: Legal | None = None
) -> list[np.ndarray]:
    """The probability of each label at each step, (length, labels) for each sequence; arguments as
    in `decode`.
    """
    shares = log_marginals(potentials, lengths, legal)
    return [np.exp(np.minimum(shares[row, :length], 0)) for row, length in enumerate(lengths)]


def log_marginals(
    potentials: np.ndarray, lengths: np.ndarray, legal: Legal | None = None
) -> np.ndarray:
    """The log-probability of each label at each step, (batch, timesteps, labels); arguments as in
    `decode`.
    """
    potentials = _allowed(potentials, lengths, legal)
    return _log_shares(potentials, _forward(potentials)[1], lengths)


def log_odds_gradient(
    potentials: np.ndarray, at: np.ndarray, chosen: np.ndarray, legal: Legal | None = None
) -> np.ndarray:
    """The gradient, with respect to the potentials, of log p / (1 - p), where p is the probability
    that a step's label is among the chosen ones: the probability of each transition given that it
    is, minus that given that it is not.

    Args:
        potentials: (batch, timesteps, labels, labels), without padding.
        at: (batch,) the step.
        chosen: (labels,) booleans.
        legal: If given, other sequences have no probability.
    """
    lengths = np.full(len(potentials), potentials.shape[1])
    rows = np.arange(len(potentials))
    pairs = []
    for refused in (~chosen, chosen):
        given = _allowed(potentials, lengths, legal)
        given[rows, at] += np.where(refused, LOWEST, 0)
        summed, rest = _forward(given)[1], _backward(given, lengths)
        log_z = np.logaddexp.reduce(summed[:, -1], axis=-1)[:, None, None, None]
        before = np.zeros_like(given)
        before[:, 1:] = summed[:, :-1, :, None]
        before[:, 0, 1:] = LOWEST  # all rows of the first step are equal: one counts
        pairs.append(np.exp(np.minimum(before + given + rest[:, :, None] - log_z, 0)))
    return np.asarray(pairs[0] - pairs[1])


def _allowed(potentials: np.ndarray, lengths: np.ndarray, legal: Legal | None) -> np.ndarray:
    """The potentials, with transitions that are not legal made all but impossible."""
    potentials = potentials.astype(np.float64)
    if legal is not None:
        potentials[:, 1:] += np.where(legal.pairs, 0, LOWEST)
        potentials[:, 0] += np.where(legal.first, 0, LOWEST)
        potentials[np.arange(len(lengths)), lengths - 1] += np.where(legal.last, 0, LOWEST)
    return potentials


def _log_shares(potentials: np.ndarray, summed: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The log-probability of each label at each step, (batch, timesteps, labels)."""
    rest = _backward(potentials, lengths)
    log_z = np.logaddexp.reduce(summed[np.arange(len(lengths)), lengths - 1], axis=-1)  # (batch,)
    return np.asarray(summed + rest - log_z[:, None, None])


def _forward(potentials: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The scores of the best path to each label and of all paths together, (batch, timesteps,
    labels) each.
    """
    best, summed = np.empty(potentials.shape[:3]), np.empty(potentials.shape[:3])
    best[:, 0] = summed[:, 0] = potentials[:, 0, 0]
    for step in range(1, potentials.shape[1]):
        best[:, step] = (best[:, step - 1, :, None] + potentials[:, step]).max(axis=1)
        summed[:, step] = np.logaddexp.reduce(
            summed[:, step - 1, :, None] + potentials[:, step], axis=1
        )
    return best, summed


def _backward(potentials: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The score of all paths from each label to the end, (batch, timesteps, labels)."""
    rest = np.zeros(potentials.shape[:3])
    for step in range(potentials.shape[1] - 2, -1, -1):
        ways = np.logaddexp.reduce(potentials[:, step + 1] + rest[:, step + 1, None], axis=2)
        rest[:, step] = np.where((step + 1 < lengths)[:, None], ways, 0)
    return rest


def _best_path(potentials: np.ndarray, best: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The labels of the best path, (batch, timesteps), traced back from its end."""
    rows = np.arange(len(lengths))
    labels = np.zeros(best.shape[:2], np.int64)
    for step in range(best.shape[1] - 1, -1, -1):
        label = best[:, step].argmax(axis=-1)  # as if the sequence ended here
        if step + 1 < best.shape[1]:
            earlier = (best[:, step] + potentials[rows, step + 1, :, labels[:, step + 1]]).argmax(
                axis=-1
            )
            label = np.where(step + 1 < lengths, earlier, label)
        labels[:, step] = label
    return labels
