"""Paired tests: whether two models, each trained once or several times, differ on the same rows by
more than chance.
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
"""The fewest rows of each test; with fewer, a bootstrap finds too many differences."""
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
        high: The upper end; both are nan if rows are too few.
        p: The two-sided p-value; nan if rows are too few.
        test: The test, in words.
    """

    value: float
    low: float
    high: float
    p: float
    test: str


def difference(first: Sequence[RowScores], second: Sequence[RowScores]) -> Difference:
    """Compares two models on the same rows.

    Args:
        first: The row scores of the first model, for each of its seeds.
        second: Those of the second model, in the same metric.
    """
    first_run, second_run = first[0], second[0]
    value = _mean(second) - _mean(first)
    test, rows = TESTS[first_run.test], len(first_run)
    is_enough = rows >= FEWEST_ROWS[first_run.test] and are_enough(rows, first_run.horizon)
    if not is_enough or not math.isfinite(value):
        return Difference(value, math.nan, math.nan, math.nan, test)
    if len(first) > 1 or len(second) > 1:
        return _of_seeds(first, second, value)
    if first_run.test == "mcnemar":
        return Difference(value, *mcnemar(first_run.sums[:, 0], second_run.sums[:, 0]), test)
    if first_run.test == "diebold_mariano":
        low, high, p = _interval(value, _error_of_series(first, second), rows - 1)
        return Difference(value, low, high, p, test)
    return Difference(value, *_bootstrapped(first, second), test)


def mcnemar(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """McNemar's exact test (1947): if two models are equally good, a row that only one of them gets
    right is equally likely to be that of either.

    Args:
        first: (rows,), 1 if the first model is right, else 0.
        second: The same for the second model.

    Returns:
        The 95 % interval of the difference of accuracies, given the number of rows in which they
        differ (Clopper and Pearson 1934), and the two-sided p-value.
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
    """The scores of models on rows drawn with replacement, (resamples, models), the same rows for
    all models.

    Args:
        models: The row scores of each model.
        resamples: The number of draws.
        seed: The random seed of the draws.
    """
    generator, rows = np.random.default_rng(seed), len(models[0])
    sums = np.concatenate([model.sums for model in models], axis=1)
    totals = np.empty((resamples, sums.shape[1]))
    for index in range(resamples):
        times_drawn = np.bincount(generator.integers(rows, size=rows), minlength=rows)
        totals[index] = times_drawn @ sums
    by_model = np.split(totals, np.cumsum([model.sums.shape[1] for model in models])[:-1], axis=1)
    scores = [model.of(total) for model, total in zip(models, by_model, strict=True)]
    return np.stack(scores, axis=1)


def _bootstrapped(
    first: Sequence[RowScores], second: Sequence[RowScores]
) -> tuple[float, float, float]:
    """The percentile interval and the two-sided p-value (Efron and Tibshirani 1993; Koehn 2004)."""
    differences = np.diff(resampled([*first, *second]), axis=1)[:, 0]
    differences = differences[np.isfinite(differences)]
    low, high = np.quantile(differences, [SIGNIFICANT / 2, 1 - SIGNIFICANT / 2])
    beyond = min((differences <= 0).sum(), (differences >= 0).sum())
    p = min(1.0, 2 * (float(beyond) + 1) / (len(differences) + 1))
    return float(low), float(high), 1.0 if low == high == 0 else p


def _of_seeds(first: Sequence[RowScores], second: Sequence[RowScores], value: float) -> Difference:
    """The difference of models with several seeds: the variance of the means over seeds is added to
    that over rows, with few degrees of freedom (Satterthwaite 1946); a model with a single seed is
    assumed to vary as the other one.
    """
    scores = [np.array([run.value for run in runs]) for runs in (first, second)]
    variances = [float(values.var(ddof=1)) for values in scores if len(values) > 1]
    of_means = [
        (float(values.var(ddof=1)) if len(values) > 1 else variances[0]) / len(values)
        for values in scores
    ]
    counts = [len(values) if len(values) > 1 else max(map(len, scores)) for values in scores]
    of_rows = (
        _error_of_series(first, second)
        if first[0].test == "diebold_mariano"
        else _error_of_rows(first, second)
    )
    squares = sum(
        variance**2 / (count - 1) for variance, count in zip(of_means, counts, strict=True)
    )
    total = of_rows**2 + sum(of_means)
    freedom = min(total**2 / squares if squares > 0 else math.inf, 1e6)
    low, high, p = _interval(value, math.sqrt(total), freedom)
    seeds = " and ".join(str(count) for count in sorted({len(first), len(second)}))
    return Difference(value, low, high, p, f"a t-test over {seeds} seeds and the rows")


def _error_of_rows(first: Sequence[RowScores], second: Sequence[RowScores]) -> float:
    """The standard error of the difference of mean scores, by a bootstrap over rows."""
    scores = resampled([*first, *second])
    differences = scores[:, len(first) :].mean(axis=1) - scores[:, : len(first)].mean(axis=1)
    return float(np.std(differences[np.isfinite(differences)]))


def _error_of_series(first: Sequence[RowScores], second: Sequence[RowScores]) -> float:
    """The standard error of the difference of mean errors of a series."""
    losses = [np.mean([run.sums[:, 0] for run in runs], axis=0) for runs in (first, second)]
    error = standard_error(losses[1] - losses[0], first[0].horizon)
    if first[0].how == "root":  # a^2 - b^2 = (a - b)(a + b)
        total = _mean(first) + _mean(second)
        return error / total if total > 0 else 0.0
    return error / float(first[0].sums[:, 1].mean())


def _interval(value: float, error: float, freedom: float) -> tuple[float, float, float]:
    """The 95 % interval and the two-sided p-value by Student's t."""
    if error <= 0:
        return value, value, float(value == 0)
    half = student_quantile(SIGNIFICANT / 2, freedom) * error
    return value - half, value + half, min(1.0, 2 * student_tail(abs(value) / error, freedom))


def _mean(models: Sequence[RowScores]) -> float:
    return float(np.mean([model.value for model in models]))


def holm(probabilities: Sequence[float]) -> list[float]:
    """P-values corrected for the number of tests, so that any false alarm is as rare as in a single
    test (Holm 1979); nan is left out.
    """
    known = [index for index, p in enumerate(probabilities) if not math.isnan(p)]
    corrected, least = list(probabilities), 0.0
    for rank, index in enumerate(sorted(known, key=lambda index: probabilities[index])):
        least = max(least, min(1.0, (len(known) - rank) * probabilities[index]))
        corrected[index] = least
    return corrected
