"""A score as it is made of rows, so that two models can be compared row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

BLEU_ORDER = 4
FEWEST_BLOCKS = 20  # of a text that has so many tokens
BLOCK = 100  # tokens of a long text whose errors are taken together

Sums = np.ndarray
"""(..., statistics): what a score is computed from."""


def _ratio(sums: Sums) -> np.ndarray:
    whole = sums[..., 1]
    return np.asarray(np.where(whole > 0, sums[..., 0] / np.where(whole > 0, whole, 1), 0.0))


def _root(sums: Sums) -> np.ndarray:
    return np.sqrt(_ratio(sums))


def _perplexity(sums: Sums) -> np.ndarray:
    return np.exp(np.minimum(_ratio(sums), 700.0))


def _macro_f1(sums: Sums) -> np.ndarray:
    """Of right, answered and true, one after the other for each label."""
    right, answered, true = np.split(sums, 3, axis=-1)
    total = answered + true
    return np.asarray(np.where(total > 0, 2 * right / np.maximum(total, 1), 0.0).mean(axis=-1))


def _bleu(sums: Sums) -> np.ndarray:
    """BLEU of a corpus, from 0 to 100, as sacrebleu counts it, with its exponential smoothing: of
    matches and n-grams of each order, the length of the answers and that of the references.
    """
    matches, counts = sums[..., :BLEU_ORDER], sums[..., BLEU_ORDER : 2 * BLEU_ORDER]
    answered, wanted = sums[..., -2], sums[..., -1]
    missed = (matches == 0) & (counts > 0)
    smoothed = np.where(missed, 1 / 2.0 ** np.cumsum(missed, axis=-1), matches)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(smoothed / counts).mean(axis=-1)
        brevity = np.where(answered < wanted, np.exp(1 - wanted / answered), 1.0)
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
    """What each row adds to one score of a model.

    Args:
        metric: The score, as an evaluation names it.
        unit: What the rows are: "texts", "sentences".
        identity: A checksum of what was asked and of what is right: equal where the rows are.
        sums: (rows, statistics) float64, what each row adds to the sums that the score is of.
        how: What the score is of these sums: the first by the second ("ratio"), and so on.
        test: "mcnemar" where each row is right or wrong, [0 or 1, 1]; "diebold_mariano" where rows
            are neighbours in time; else "bootstrap".
        horizon: How many neighbouring rows of a series share their target.
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
        """The score of all rows."""
        return float(self.of(self.sums.sum(axis=0)))

    def of(self, sums: Sums) -> np.ndarray:
        """The scores of sums of rows, (..., statistics)."""
        return _SCORES[self.how](sums)


def weighted(values: np.ndarray, weights: np.ndarray | float = 1.0) -> np.ndarray:
    """The sums of rows whose score is a weighted mean.

    Args:
        values: (rows,) what each row is worth, times its weight.
        weights: (rows,) how much each counts.
    """
    return np.stack(np.broadcast_arrays(np.asarray(values, np.float64), weights), axis=1)


def in_blocks(values: np.ndarray) -> np.ndarray:
    """The sums of stretches of neighbouring tokens, which depend on each other.

    Args:
        values: (tokens,) what each token is worth.
    """
    size = max(1, min(BLOCK, len(values) // FEWEST_BLOCKS))
    starts = np.arange(0, len(values), size)
    sums = np.add.reduceat(np.asarray(values, np.float64), starts)
    return weighted(sums, np.diff(np.append(starts, len(values))))


def of_groups(values: np.ndarray, lengths: Sequence[int] | np.ndarray) -> np.ndarray:
    """The sums of groups of tokens, such as sentences.

    Args:
        values: (tokens,) what each token is worth.
        lengths: (groups,) how many tokens each group has, one after the other.
    """
    totals = np.append(0.0, np.cumsum(values, dtype=np.float64))
    ends = np.append(0, np.cumsum(lengths))
    return weighted(np.diff(totals[ends]), np.asarray(lengths))
