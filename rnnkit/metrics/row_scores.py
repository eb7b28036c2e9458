"""Scores as functions of sums over rows, by which models are compared row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

BLEU_ORDER = 4
FEWEST_BLOCKS = 20  # into which a text is divided, if it has as many tokens
BLOCK = 100  # tokens of a block of a long text

Sums = np.ndarray
"""The sums from which a score is computed, (..., statistics)."""


def _ratio(sums: Sums) -> np.ndarray:
    whole = sums[..., 1]
    return np.asarray(np.where(whole > 0, sums[..., 0] / np.where(whole > 0, whole, 1), 0.0))


def _root(sums: Sums) -> np.ndarray:
    return np.sqrt(_ratio(sums))


def _perplexity(sums: Sums) -> np.ndarray:
    return np.exp(np.minimum(_ratio(sums), 700.0))


def _macro_f1(sums: Sums) -> np.ndarray:
    """Macro F1 of the right answers, the answers and the rows of each label, concatenated."""
    right, answered, true = np.split(sums, 3, axis=-1)
    total = answered + true
    return np.asarray(np.where(total > 0, 2 * right / np.maximum(total, 1), 0.0).mean(axis=-1))


def _bleu(sums: Sums) -> np.ndarray:
    """Corpus BLEU as sacrebleu computes it, from 0 to 100, with its exponential smoothing. The sums
    are the matches and the n-grams of each order, and the lengths of answers and references.
    """
    matches, counts = sums[..., :BLEU_ORDER], sums[..., BLEU_ORDER : 2 * BLEU_ORDER]
    answered, expected = sums[..., -2], sums[..., -1]
    missed = (matches == 0) & (counts > 0)
    smoothed = np.where(missed, 1 / 2.0 ** np.cumsum(missed, axis=-1), matches)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(smoothed / counts).mean(axis=-1)
        brevity = np.where(answered < expected, np.exp(1 - expected / answered), 1.0)
    is_known = (counts > 0).all(axis=-1) & (matches > 0).any(axis=-1)
    return np.where(is_known, 100 * brevity * np.exp(logs), 0.0)


_SCORES: dict[str, Callable[[Sums], np.ndarray]] = {
    "ratio": _ratio,
    "root": _root,
    "perplexity": _perplexity,
    "macro_f1": _macro_f1,
    "bleu": _bleu,
}
How = Literal["ratio", "root", "perplexity", "macro_f1", "bleu"]
Test = Literal["mcnemar", "bootstrap", "diebold_mariano"]


@dataclass(frozen=True)
class RowScores:
    """The contribution of each row to a score of a model.

    Args:
        metric: The metric's name.
        unit: What rows are: "texts", "sentences".
        identity: A checksum of the inputs and targets of the rows.
        sums: The addend of each row to the sums of the score, (rows, statistics) float64.
        how: The function of the sums that is the score: "ratio" is the first by the second.
        test: The test by which models are compared: "mcnemar" for rows that are right or wrong,
            [0 or 1, 1]; "diebold_mariano" for rows in chronological order; else "bootstrap".
        horizon: The number of neighbouring rows of a series that share targets.
    """

    metric: str
    unit: str
    identity: str
    sums: np.ndarray
    how: How = "ratio"
    test: Test = "bootstrap"
    horizon: int = 1

    def __len__(self) -> int:
        return len(self.sums)

    @property
    def value(self) -> float:
        """The score over all rows."""
        return float(self.of(self.sums.sum(axis=0)))

    def of(self, sums: Sums) -> np.ndarray:
        """The scores of sums over rows, (..., statistics)."""
        return _SCORES[self.how](sums)


def weighted(values: np.ndarray, weights: np.ndarray | float = 1.0) -> np.ndarray:
    """The sums of rows for a score that is a weighted mean.

    Args:
        values: The value of each row times its weight, (rows,).
        weights: The weight of each row, (rows,).
    """
    return np.stack(np.broadcast_arrays(np.asarray(values, np.float64), weights), axis=1)


def in_blocks(values: np.ndarray) -> np.ndarray:
    """The sums of blocks of tokens, as neighbouring tokens depend on each other.

    Args:
        values: The value of each token, (tokens,).
    """
    size = max(1, min(BLOCK, len(values) // FEWEST_BLOCKS))
    starts = np.arange(0, len(values), size)
    sums = np.add.reduceat(np.asarray(values, np.float64), starts)
    return weighted(sums, np.diff(np.append(starts, len(values))))


def of_groups(values: np.ndarray, lengths: Sequence[int] | np.ndarray) -> np.ndarray:
    """The sums of groups of tokens, such as sentences.

    Args:
        values: The value of each token, (tokens,).
        lengths: The number of tokens of each group, in order, (groups,).
    """
    totals = np.append(0.0, np.cumsum(values, dtype=np.float64))
    ends = np.append(0, np.cumsum(lengths))
    return weighted(np.diff(totals[ends]), np.asarray(lengths))
