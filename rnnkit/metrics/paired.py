"""Paired tests: whether two models, or several trainings of each, differ on the same rows by more
than chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.metrics.diebold_mariano import FEWEST, are_enough, standard_error
from rnnkit.metrics.distributions import (
    beta_quantile,
    binomial_tail,
    student_quantile,
    student_tail,
)
from rnnkit.metrics.row_scores import RowScores

RESAMPLES = 2000
SIGNIFICANT = 0.05
FEWEST_ROWS = {"mcnemar": 5, "bootstrap": 20, "diebold_mariano": FEWEST}
"""How many rows a test needs: of fewer ones a bootstrap claims too much."""
TESTS = {
    "mcnemar": "McNemar's exact test",
    "bootstrap": "a paired bootstrap",
    "diebold_mariano": "Diebold and Mariano's test",
}


@dataclass(frozen=True)
class Difference:
    """A score of the second model minus that of the first, on the same rows.

    Args:
        value: The difference.
        low: The lower end of its 95 % interval.
        high: The upper end; both nan where there are too few rows.
        p: The chance of so large a difference, either way, where there is none; nan likewise.
        test: What says so, in words.
    """

    value: float
    low: float
    high: float
    p: float
    test: str


def difference(first: Sequence[RowScores], second: Sequence[RowScores]) -> Difference:
    """Tests two models on the rows of both.

    Args:
        first: The rows of one model, for each of its seeds.
        second: The same of the other model, with equal rows and score.
    """
    one, other = first[0], second[0]
    value = _mean(second) - _mean(first)
    test = TESTS[one.test]
    is_enough = len(one) >= FEWEST_ROWS[one.test] and are_enough(len(one), one.horizon)
    if not is_enough or not math.isfinite(value):
        return Difference(value, math.nan, math.nan, math.nan, test)
    if len(first) > 1 or len(second) > 1:
        return _of_seeds(first, second, value)
    if one.test == "mcnemar":
        return Difference(value, *mcnemar(one.sums[:, 0], other.sums[:, 0]), test)
    if one.test == "diebold_mariano":
        low, high, p = _interval(value, _error_of_series(first, second), len(one) - 1)
        return Difference(value, low, high, p, test)
    return Difference(value, *_bootstrapped(first, second), test)


def mcnemar(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """The exact test of two models that are right or wrong in each row (McNemar 1947): of rows that
    only one of them gets right, each is as likely to be the other's.

    Args:
        first: (rows,) 1 where the first is right, else 0.
        second: (rows,) the same of the second.

    Returns:
        The 95 % interval of the difference of their shares, given the number of rows in which they
        differ (Clopper and Pearson 1934), and the two-sided probability.
    """
    won, lost = int(((first == 0) & (second == 1)).sum()), int(((first == 1) & (second == 0)).sum())
    differing, tail = won + lost, SIGNIFICANT / 2
    if not differing:
        return 0.0, 0.0, 1.0
    low = beta_quantile(tail, won, lost + 1) if won else 0.0
    high = beta_quantile(1 - tail, won + 1, lost) if lost else 1.0
    scale = differing / len(first)
    p = min(1.0, 2 * binomial_tail(max(won, lost), differing))
    return scale * (2 * low - 1), scale * (2 * high - 1), p


def resampled(models: Sequence[RowScores], resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """The scores of models on rows that are drawn with replacement, (resamples, models): of each
    resample the same rows for all.

    Args:
        models: The rows of each.
        resamples: How many times they are drawn.
        seed: Seeds the draw.
    """
    generator, rows = np.random.default_rng(seed), len(models[0])
    sums = np.concatenate([model.sums for model in models], axis=1)
    totals = np.empty((resamples, sums.shape[1]))
    for index in range(resamples):
        chosen = np.bincount(generator.integers(rows, size=rows), minlength=rows)
        totals[index] = chosen @ sums
    each = np.split(totals, np.cumsum([model.sums.shape[1] for model in models])[:-1], axis=1)
    return np.stack([model.of(total) for model, total in zip(models, each, strict=True)], axis=1)


def _bootstrapped(
    first: Sequence[RowScores], second: Sequence[RowScores]
) -> tuple[float, float, float]:
    """The percentile interval and the two-sided probability (Efron and Tibshirani 1993; Koehn
    2004).
    """
    drawn = np.diff(resampled([*first, *second]), axis=1)[:, 0]
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, [SIGNIFICANT / 2, 1 - SIGNIFICANT / 2])
    beyond = min((drawn <= 0).sum(), (drawn >= 0).sum())
    p = min(1.0, 2 * (float(beyond) + 1) / (len(drawn) + 1))
    return float(low), float(high), 1.0 if low == high == 0 else p


def _of_seeds(first: Sequence[RowScores], second: Sequence[RowScores], value: float) -> Difference:
    """Of several trainings: rows and seeds both vary. The variance of the mean over seeds is added
    to that of the rows, and has few degrees of freedom (Satterthwaite 1946); a model with one
    seed is taken to vary as the other does.
    """
    scores = [np.array([one.value for one in each]) for each in (first, second)]
    spreads = [float(each.var(ddof=1)) for each in scores if len(each) > 1]
    shares = [
        (float(each.var(ddof=1)) if len(each) > 1 else spreads[0]) / len(each) for each in scores
    ]
    counts = [len(each) if len(each) > 1 else max(map(len, scores)) for each in scores]
    of_rows = (
        _error_of_series(first, second)
        if first[0].test == "diebold_mariano"
        else _error_of_rows(first, second)
    )
    of_seeds = sum(shares)
    squares = sum(share**2 / (count - 1) for share, count in zip(shares, counts, strict=True))
    total = of_rows**2 + of_seeds
    freedom = min(total**2 / squares if squares > 0 else math.inf, 1e6)
    low, high, p = _interval(value, math.sqrt(total), freedom)
    seeds = " and ".join(str(count) for count in sorted({len(first), len(second)}))
    return Difference(value, low, high, p, f"a t-test over {seeds} seeds and the rows")


def _error_of_rows(first: Sequence[RowScores], second: Sequence[RowScores]) -> float:
    drawn = resampled([*first, *second])
    apart = drawn[:, len(first) :].mean(axis=1) - drawn[:, : len(first)].mean(axis=1)
    return float(np.std(apart[np.isfinite(apart)]))


def _error_of_series(first: Sequence[RowScores], second: Sequence[RowScores]) -> float:
    """The standard error of the difference of two mean errors of neighbouring steps."""
    one = first[0]
    losses = [np.mean([each.sums[:, 0] for each in group], axis=0) for group in (first, second)]
    error = standard_error(losses[1] - losses[0], one.horizon)
    if one.how == "root":  # a^2 - b^2 = (a - b)(a + b)
        total = _mean(first) + _mean(second)
        return error / total if total > 0 else 0.0
    return error / float(one.sums[:, 1].mean())


def _interval(value: float, error: float, freedom: float) -> tuple[float, float, float]:
    """The 95 % interval and the two-sided probability by Student's t."""
    if error <= 0:
        return value, value, float(value == 0)
    half = student_quantile(SIGNIFICANT / 2, freedom) * error
    return value - half, value + half, min(1.0, 2 * student_tail(abs(value) / error, freedom))


def _mean(models: Sequence[RowScores]) -> float:
    return float(np.mean([model.value for model in models]))


def holm(probabilities: Sequence[float]) -> list[float]:
    """Probabilities of several tests, corrected for their number, so that any false alarm among
    them is as rare as with one (Holm 1979). Those that are nan do not count.
    """
    known = [index for index, p in enumerate(probabilities) if not math.isnan(p)]
    corrected, least = list(probabilities), 0.0
    for rank, index in enumerate(sorted(known, key=lambda index: probabilities[index])):
        least = max(least, min(1.0, (len(known) - rank) * probabilities[index]))
        corrected[index] = least
    return corrected
