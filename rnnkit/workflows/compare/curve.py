"""Learning curves: scores by the size of the training set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnnkit.metrics.paired import resampled
from rnnkit.metrics.scaling import Curve, doubled
from rnnkit.quantities import counted
from rnnkit.tasks.evaluation import LESS_IS_BETTER
from rnnkit.workflows.compare.plan import Training
from rnnkit.workflows.compare.rows import RunRows
from rnnkit.workflows.compare.sentences import amount, is_share, metric_name, score_text

RESAMPLES = 200
MIN_SIZES = 3


def curves_of(
    trainings: Sequence[tuple[Training, RunRows]], part: str, metric: str
) -> dict[str, Curve]:
    """The learning curve of each contender, by name.

    Args:
        trainings: The trainings with their row scores.
        part: The part of the data.
        metric: The score.
    """
    names = dict.fromkeys(training.name for training, _ in trainings)
    return {
        name: _curve(
            name, [rows for training, rows in trainings if training.name == name], part, metric
        )
        for name in names
    }


def _curve(name: str, runs: Sequence[RunRows], part: str, metric: str) -> Curve:
    by_size: dict[int, list[RunRows]] = {}
    for run in sorted(runs, key=lambda run: run.size):
        by_size.setdefault(run.size, []).append(run)
    scores = [_mean(group, part, metric) for group in by_size.values()]
    errors = [_standard_error(group, part, metric) for group in by_size.values()]
    sizes, unknown = tuple(by_size), math.nan
    curve = Curve(sizes, tuple(scores), tuple(errors), unknown, unknown, unknown, unknown)
    if len(sizes) < MIN_SIZES:
        few = counted(len(sizes), "size is", "sizes are")
        sentence = f"{name}: {few} too few to say what twice the data would give"
        return replace(curve, sentence=sentence)
    losses = [_loss(metric, score) for score in scores]
    widths = [
        abs(_loss(metric, score + error) - _loss(metric, score - error)) / 2
        for score, error in zip(scores, errors, strict=True)
    ]
    value, low, high, missed = doubled(sizes, losses, widths)
    ends = sorted((_score(metric, low), _score(metric, high)))
    curve = replace(
        curve, doubled=_score(metric, value), low=ends[0], high=ends[1], held_out=missed
    )
    return replace(curve, sentence=_sentence(name, curve, metric))


def _sentence(name: str, curve: Curve, metric: str) -> str:
    now, then = curve.scores[-1], curve.doubled
    interval = f"95 % interval {score_text(metric, curve.low)} to {score_text(metric, curve.high)}"
    forecast = (
        f"{name}: with twice the data ({2 * curve.sizes[-1]:,} examples) {metric_name(metric)}"
        f" would be about {score_text(metric, then)}, {interval}; it is {score_text(metric, now)}"
    )
    worse = curve.high if metric in LESS_IS_BETTER else curve.low
    gains = worse < now if metric in LESS_IS_BETTER else worse > now
    if not gains:
        forecast += "; that more data would help cannot be shown"
    unit = " points" if is_share(metric) else ""
    last = _score(metric, _loss(metric, now) + curve.held_out)
    by = amount(metric, abs(last - now))
    return f"{forecast}. A power law without the last size misses it by {by}{unit}"


def _mean(runs: Sequence[RunRows], part: str, metric: str) -> float:
    return float(np.mean([run.parts[part][metric].value for run in runs]))


def _standard_error(runs: Sequence[RunRows], part: str, metric: str) -> float:
    """The standard error of the mean score over rows and seeds."""
    scores = [run.parts[part][metric] for run in runs]
    row_error = float(np.nanstd(resampled(scores, RESAMPLES).mean(axis=1)))
    values = [row_scores.value for row_scores in scores]
    seed_variance = float(np.var(values, ddof=1)) / len(values) if len(values) > 1 else 0.0
    return math.sqrt(row_error**2 + seed_variance)


def _loss(metric: str, score: float) -> float:
    """The error that a power law is fitted to: the distance of a score from the best possible one,
    or the logarithm of a perplexity.
    """
    if metric == "perplexity":
        return math.log(max(score, 1.0))
    if metric == "bleu":
        return max(100.0 - score, 0.0)
    return max(1.0 - score, 0.0) if is_share(metric) else max(score, 0.0)


def _score(metric: str, loss: float) -> float:
    """The score with this loss, the inverse of `_loss`."""
    if metric == "perplexity":
        return math.exp(min(loss, 700.0))
    if metric == "bleu":
        return 100.0 - loss
    return 1.0 - loss if is_share(metric) else loss
