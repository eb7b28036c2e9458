"""Tests contenders pairwise on their row scores, and states the results in sentences."""

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
    """Tests all pairs of contenders on a part of the data.

    Args:
        groups: At least one contender.
        part: The part.
        metric: The score; None for the default of the task.
        chosen: Whether contenders were chosen by their scores on the watched part, which must
            differ from `part`.

    Raises:
        RnnkitError: If their rows differ, or they have no score in common.
    """
    runs = [run for group in groups.values() for run in group]
    metric = metric_of(runs, part, metric)
    require_same_rows(runs, part, metric)
    rows = runs[0].parts[part][metric]
    contenders = [_contender(name, group, part, metric, chosen) for name, group in groups.items()]
    baselines = _baselines(runs[0], part, metric)
    published = runs[0].task.published
    is_comparable = published is not None and (published.part, published.metric) == (part, metric)
    comparison = Comparison(
        metric,
        part,
        len(rows),
        rows.unit,
        metric in LESS_IS_BETTER,
        contenders,
        _pairs(groups, part, metric, f"{len(rows):,} {rows.unit}"),
        baselines,
        (published.value, published.source) if published and is_comparable else None,
    )
    return _with_sentences(comparison, runs)


def _contender(
    name: str, runs: Sequence[RunRows], part: str, metric: str, chosen: bool
) -> Contender:
    watched = [run.parts[run.watched] for run in runs] if chosen else []
    return Contender(
        name,
        tuple(str(run.run) for run in runs),
        tuple(run.seed for run in runs),
        tuple(run.parts[part][metric].value for run in runs),
        tuple(scores[metric].value for scores in watched if metric in scores),
        runs[0].parameters,
        float(np.mean([run.epochs for run in runs])),
        float(np.median([run.seconds for run in runs])),
    )


def _pairs(groups: Groups, part: str, metric: str, rows: str) -> list[Pair]:
    pairs = list(itertools.combinations(groups, 2))
    scores = {name: [run.parts[part][metric] for run in runs] for name, runs in groups.items()}
    differences = [difference(scores[first], scores[second]) for first, second in pairs]
    corrected = holm([measured.p for measured in differences])
    less = metric in LESS_IS_BETTER
    return [
        Pair(*names, measured, p, sentence(names, measured, p, rows, metric, less_is_better=less))
        for names, measured, p in zip(pairs, differences, corrected, strict=True)
    ]


def _baselines(run: RunRows, part: str, metric: str) -> dict[str, float]:
    return {
        name: float(scores[metric])
        for name, scores in measured_scores(run.run).get(part, {}).items()
        if name not in (OWN, PUBLISHED) and scores.get(metric) is not None
    }


def _with_sentences(comparison: Comparison, runs: Sequence[RunRows]) -> Comparison:
    """The comparison with the sentences that state its results."""
    pairs, sentences = comparison.pairs, list[str]()
    if len(comparison.contenders) > 1:
        sentences += [_ranking(comparison), *_choice(comparison)]
        sentences += [f"{pair.sentence}." for pair in pairs]
    if len(pairs) > 1:
        sentences.append(
            f"The p-values are corrected for {len(pairs)} tests (Holm); each interval is for"
            " itself."
        )
    needed = rows_needed(pairs[0].difference, comparison.rows) if len(pairs) == 1 else None
    if needed and pairs[0].p > SIGNIFICANT:
        sentences.append(
            f"A difference of this size would be seen on about {needed:,} {comparison.unit}."
        )
    if pairs and all(len(contender.scores) == 1 for contender in comparison.contenders):
        sentences.append(
            "One training each: this says which of these models is better, not which config;"
            " another seed may turn it around."
        )
    if comparison.part == "train":
        sentences.append("These are training scores: the models have seen these very data.")
    elif comparison.part == runs[0].watched:
        sentences.append("The epochs of the models were chosen on this part.")
    return replace(comparison, sentences=sentences)


def _choice(comparison: Comparison) -> list[str]:
    """The sentence on the contender that is best on validation, if it is not the compared part."""
    contenders = comparison.contenders
    if not all(contender.chosen_by for contender in contenders):
        return []
    sign = 1 if comparison.less_is_better else -1
    means = {contender.name: float(np.mean(contender.chosen_by)) for contender in contenders}
    best = min(means, key=lambda name: sign * means[name])
    return [f"Validation chooses {best} ({score_text(comparison.metric, means[best])})."]


def _ranking(comparison: Comparison) -> str:
    """The sentence with the scores of all contenders, from best to worst."""
    seeds = {len(contender.scores) for contender in comparison.contenders}
    means = f" (means of {seeds.pop()} seeds)" if len(seeds) == 1 and seeds != {1} else ""
    scores = [
        f"{contender.name} {score_text(comparison.metric, contender.mean)}"
        for contender in comparison.ranked()
    ]
    name = metric_name(comparison.metric)
    return f"{name[:1].upper()}{name[1:]} on {comparison.part}{means}: {', '.join(scores)}."
