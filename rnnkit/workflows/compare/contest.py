"""From the rows of runs to what may be said of them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from rnnkit.metrics.paired import SIGNIFICANT, difference, holm
from rnnkit.tasks.evaluation import LESS_IS_BETTER, OWN, PUBLISHED
from rnnkit.workflows.compare.result import Comparison, Contender, Pair
from rnnkit.workflows.compare.rows import RunRows, metric_of, require_same_rows
from rnnkit.workflows.compare.sentences import metric_name, rows_needed, score_text, sentence
from rnnkit.workflows.run_page import measured_scores

Groups = Mapping[str, Sequence[RunRows]]
"""The runs of each contender."""


def compared(groups: Groups, part: str, metric: str | None, *, chosen: bool = False) -> Comparison:
    """Tests each contender against each on a part that all have.

    Args:
        groups: At least one contender.
        part: The part.
        metric: The score; None for the usual one.
        chosen: Whether what was measured on the watched part chose among them, and `part` is
            another one.

    Raises:
        RnnkitError: If their rows differ, or they have no score in common.
    """
    runs = [run for each in groups.values() for run in each]
    metric = metric_of(runs, part, metric)
    require_same_rows(runs, part, metric)
    rows = runs[0].parts[part][metric]
    contenders = [_contender(name, each, part, metric, chosen) for name, each in groups.items()]
    baselines = _baselines(runs[0], part, metric)
    published = runs[0].task.published
    shown = published is not None and (published.part, published.metric) == (part, metric)
    comparison = Comparison(
        metric,
        part,
        len(rows),
        rows.unit,
        metric in LESS_IS_BETTER,
        contenders,
        _pairs(groups, part, metric, f"{len(rows):,} {rows.unit}"),
        baselines,
        (published.value, published.source) if published and shown else None,
    )
    return _with_sentences(comparison, runs)


def _contender(
    name: str, runs: Sequence[RunRows], part: str, metric: str, chosen: bool
) -> Contender:
    of = [run.parts[run.watched] for run in runs] if chosen else []
    return Contender(
        name,
        tuple(str(run.run) for run in runs),
        tuple(run.seed for run in runs),
        tuple(run.parts[part][metric].value for run in runs),
        tuple(scores[metric].value for scores in of if metric in scores),
        runs[0].parameters,
        float(np.mean([run.epochs for run in runs])),
        float(np.median([run.seconds for run in runs])),
    )


def _pairs(groups: Groups, part: str, metric: str, rows: str) -> list[Pair]:
    named = list(itertools.combinations(groups, 2))
    scores = {name: [run.parts[part][metric] for run in runs] for name, runs in groups.items()}
    found = [difference(scores[first], scores[second]) for first, second in named]
    less = metric in LESS_IS_BETTER
    return [
        Pair(*pair, one, p, sentence(pair, one, p, rows, metric, less_is_better=less))
        for pair, one, p in zip(named, found, holm([one.p for one in found]), strict=True)
    ]


def _baselines(run: RunRows, part: str, metric: str) -> dict[str, float]:
    return {
        who: float(scores[metric])
        for who, scores in measured_scores(run.run).get(part, {}).items()
        if who not in (OWN, PUBLISHED) and scores.get(metric) is not None
    }


def _with_sentences(comparison: Comparison, runs: Sequence[RunRows]) -> Comparison:
    """The same with what may be said."""
    pairs, said = comparison.pairs, list[str]()
    if len(comparison.contenders) > 1:
        said += [_ranking(comparison), *_choice(comparison)]
        said += [f"{pair.sentence}." for pair in pairs]
    if len(pairs) > 1:
        said.append(
            f"The p-values are corrected for {len(pairs)} tests (Holm); each interval is for"
            " itself."
        )
    needed = rows_needed(pairs[0].difference, comparison.rows) if len(pairs) == 1 else None
    if needed and pairs[0].p > SIGNIFICANT:
        said.append(
            f"A difference of this size would be seen on about {needed:,} {comparison.unit}."
        )
    if pairs and all(len(one.scores) == 1 for one in comparison.contenders):
        said.append(
            "One training each: this says which of these models is better, not which config;"
            " another seed may turn it around."
        )
    if comparison.part == "train":
        said.append("These are training scores: the models have seen these very data.")
    elif comparison.part == runs[0].watched:
        said.append("The epochs of the models were chosen on this part.")
    return replace(comparison, sentences=said)


def _choice(comparison: Comparison) -> list[str]:
    """Which contender a part that is not the compared one has chosen."""
    if not all(one.chosen_by for one in comparison.contenders):
        return []
    sign = 1 if comparison.less_is_better else -1
    means = {one.name: float(np.mean(one.chosen_by)) for one in comparison.contenders}
    best = min(means, key=lambda name: sign * means[name])
    return [f"Validation chooses {best} ({score_text(comparison.metric, means[best])})."]


def _ranking(comparison: Comparison) -> str:
    """Who is ahead, by how much each."""
    seeds = {len(one.scores) for one in comparison.contenders}
    means = f" (means of {seeds.pop()} seeds)" if len(seeds) == 1 and seeds != {1} else ""
    each = [f"{one.name} {score_text(comparison.metric, one.mean)}" for one in comparison.ranked()]
    name = metric_name(comparison.metric)
    return f"{name[:1].upper()}{name[1:]} on {comparison.part}{means}: {', '.join(each)}."
