"""A learning curve: how a score follows the size of the training set."""

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
LEAST_SIZES = 3


def curves_of(
    trainings: Sequence[tuple[Training, RunRows]], part: str, metric: str
) -> dict[str, Curve]:
    """The curve of each contender on a part.

    Args:
        trainings: With their rows.
        part: The part.
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
    scores = [_mean(each, part, metric) for each in by_size.values()]
    errors = [_error(each, part, metric) for each in by_size.values()]
    sizes, unknown = tuple(by_size), math.nan
    curve = Curve(sizes, tuple(scores), tuple(errors), unknown, unknown, unknown, unknown)
    if len(sizes) < LEAST_SIZES:
        few = counted(len(sizes), "size is", "sizes are")
        said = f"{name}: {few} too few to say what twice the data would give"
        return replace(curve, sentence=said)
    lost = [_lost(metric, score) for score in scores]
    widths = [
        abs(_lost(metric, score + error) - _lost(metric, score - error)) / 2
        for score, error in zip(scores, errors, strict=True)
    ]
    value, low, high, missed = doubled(sizes, lost, widths)
    ends = sorted((_score(metric, low), _score(metric, high)))
    curve = replace(
        curve, doubled=_score(metric, value), low=ends[0], high=ends[1], held_out=missed
    )
    return replace(curve, sentence=_sentence(name, curve, metric))


def _sentence(name: str, curve: Curve, metric: str) -> str:
    now, then = curve.scores[-1], curve.doubled
    interval = f"95 % interval {score_text(metric, curve.low)} to {score_text(metric, curve.high)}"
    said = (
        f"{name}: with twice the data ({2 * curve.sizes[-1]:,} examples) {metric_name(metric)}"
        f" would be about {score_text(metric, then)}, {interval}; it is {score_text(metric, now)}"
    )
    worse = curve.high if metric in LESS_IS_BETTER else curve.low
    gains = worse < now if metric in LESS_IS_BETTER else worse > now
    if not gains:
        said += "; that more data would help cannot be shown"
    unit = " points" if is_share(metric) else ""
    last = _score(metric, _lost(metric, now) + curve.held_out)
    by = amount(metric, abs(last - now))
    return f"{said}. A power law without the last size misses it by {by}{unit}"


def _mean(runs: Sequence[RunRows], part: str, metric: str) -> float:
    return float(np.mean([run.parts[part][metric].value for run in runs]))


def _error(runs: Sequence[RunRows], part: str, metric: str) -> float:
    """The standard error of the mean score, of its rows and its seeds."""
    scores = [run.parts[part][metric] for run in runs]
    of_rows = float(np.nanstd(resampled(scores, RESAMPLES).mean(axis=1)))
    values = [one.value for one in scores]
    of_seeds = float(np.var(values, ddof=1)) / len(values) if len(values) > 1 else 0.0
    return math.sqrt(of_rows**2 + of_seeds)


def _lost(metric: str, score: float) -> float:
    """What a score lacks: its error, which a power law is of; of a perplexity the nats."""
    if metric == "perplexity":
        return math.log(max(score, 1.0))
    if metric == "bleu":
        return max(100.0 - score, 0.0)
    return max(1.0 - score, 0.0) if is_share(metric) else max(score, 0.0)


def _score(metric: str, lost: float) -> float:
    """The score that lacks so much."""
    if metric == "perplexity":
        return math.exp(min(lost, 700.0))
    if metric == "bleu":
        return 100.0 - lost
    return 1.0 - lost if is_share(metric) else lost
