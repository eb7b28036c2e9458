"""States the result of a paired test in a sentence, and formats scores."""

from __future__ import annotations

import math

from rnnkit.metrics.paired import SIGNIFICANT, Difference
from rnnkit.quantities import percent
from rnnkit.report.numbers import number_text

POINTS = ("accuracy", "f1", "exact", "jaccard")
"""Scores that are fractions, whose differences are percentage points."""

NAMES = {"mae": "MAE", "mse": "MSE", "rmse": "RMSE", "mase": "MASE", "bleu": "BLEU", "f1": "F1"}


def is_share(metric: str) -> bool:
    """Whether a score is a fraction, reported in percent."""
    return metric.rpartition("_")[2] in POINTS


def metric_name(metric: str) -> str:
    """The name of a score in a sentence."""
    words = [NAMES.get(word, word) for word in metric.split("_")]
    return " ".join(words)


def score_text(metric: str, value: float) -> str:
    """A score for a table: a fraction in percent; "" for nan."""
    if math.isnan(value):
        return ""
    return percent(value, 2) if is_share(metric) else number_text(value)


def amount(metric: str, value: float) -> str:
    """A difference in percentage points, or in the unit of the score."""
    if is_share(metric):
        return f"{100 * value:.1f}" if abs(value) >= 0.00095 or not value else f"{100 * value:.2f}"
    return f"{value:.3g}"


def spread_text(metric: str, value: float) -> str:
    """A standard deviation for a table; "" for nan."""
    return "" if math.isnan(value) else f"± {amount(metric, value)}"


def sentence(
    names: tuple[str, str],
    difference: Difference,
    p: float,
    rows: str,
    metric: str,
    *,
    less_is_better: bool,
) -> str:
    """The result of a paired test of two contenders as a sentence.

    Args:
        names: The names of the first and the second contender.
        difference: The score of the second minus that of the first.
        p: The p-value, corrected for the number of tests.
        rows: The number of rows with their name: "1,000 texts".
        metric: The score.
        less_is_better: Whether the score is an error.
    """
    if not math.isfinite(difference.value):
        return f"{_both(names)} cannot be told apart: a score is not a number"
    if math.isnan(difference.p):
        return f"{_both(names)} cannot be told apart: {rows} are too few"
    if difference.low == difference.high == 0:
        return f"{_both(names)} cannot be told apart on these {rows}: they do each of them alike"
    sign = -1 if less_is_better else 1
    second_leads = sign * difference.value > 0
    leader, other = names[::-1] if second_leads else names
    sign = sign if second_leads else -sign  # of a difference in favour of the leader
    value = sign * difference.value
    low, high = sorted((sign * difference.low, sign * difference.high))
    unit = " points" if is_share(metric) else ""
    interval = f"95 % interval {amount(metric, low)} to {amount(metric, high)}"
    test = f"{difference.test}, p {_p_text(p)}"
    by = f"{amount(metric, value)}{unit} of {metric_name(metric)}"
    if p <= SIGNIFICANT:
        return f"{leader} is better than {other} by {by}, {interval} ({test})"
    if abs(value) < 1e-12:
        return f"{_both(names)} cannot be told apart on these {rows}: they score alike ({test})"
    return (
        f"{_both(names)} cannot be told apart on these {rows}: {leader} is {by} ahead, {interval}"
        f" ({test})"
    )


def rows_needed(difference: Difference, rows: int) -> int | None:
    """The approximate number of rows on which a difference of this size would be significant; None
    if these rows suffice, or the number cannot be estimated.
    """
    half = (difference.high - difference.low) / 2
    size = abs(difference.value)
    if math.isnan(difference.p) or size == 0 or half <= size:
        return None
    needed = rows * (half / size) ** 2
    return int(round(needed, 1 - len(str(int(needed))))) if needed < 1e7 else None


def _p_text(p: float) -> str:
    return "below 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.0995 else f"{p:.2f}"


def _both(names: tuple[str, str]) -> str:
    return f"{names[0]} and {names[1]}"
