"""Runs with what each row of their data adds to their scores, and whether these can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.config.changes import changes
from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.metrics.row_scores import RowScores
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task
from rnnkit.workflows.evaluate import keep_scores
from rnnkit.workflows.pictures import keep_pictures
from rnnkit.workflows.run_page import measured_scores
from rnnkit.workflows.trained import Trained, load_trained

SHOWN_CHANGES = 3


@dataclass(frozen=True)
class RunRows:
    """A trained run on some parts of its data.

    Args:
        run: Its folder.
        task: Its config.
        watched: The part that choices were based on.
        parts: The scores of each part, row by row, by metric.
        parameters: How many numbers it learns; None if only keras can count them.
        epochs: How many it was trained for.
        seconds: The median seconds per epoch; nan if unknown.
        size: Examples of its training set.
    """

    run: RunFolder
    task: Task
    watched: str
    parts: dict[str, dict[str, RowScores]]
    parameters: int | None
    epochs: int
    seconds: float
    size: int

    @property
    def seed(self) -> int:
        """Its random seed."""
        return self.task.train.random_seed


def rows_of(run: RunFolder, part: str | None, *, with_test: bool = False) -> RunRows:
    """Opens a run and scores its parts row by row.

    Args:
        run: A trained run.
        part: The part; None for the one that choices were based on.
        with_test: Whether the test part is scored too, where there is one: once, its scores are
            kept in the run.

    Raises:
        RnnkitError: If its data are not those that it was trained on, or lack the part, or its
            task has no scores by row.
    """
    trained = load_trained(run)
    data = trained.task.prepare(Source(sample=run.uses_sample), trained.predictor.codec)
    if not data.are_those_of(run.load_manifest().get("data", data.fingerprint)):
        got = "its data are no longer those that it was trained on (another fingerprint)"
        raise RnnkitError(
            str(run), got, "Expected the same data: held-out rows may be in its training set"
        )
    wanted = [part or data.watched]
    if wanted[0] not in data.parts:
        expected = f"It has: {', '.join(data.parts)}"
        raise RnnkitError("--part", f"{run} has no part {part!r}", expected)
    evaluator = trained.task.evaluator(trained.predictor, data)
    if with_test and "test" in data.parts and "test" not in wanted:
        wanted.append("test")
        if "test" not in measured_scores(run):
            scored = [evaluator.evaluate("test")]
            keep_scores(run, scored)
            keep_pictures(run, scored)
    each = {name: evaluator.row_scores(name) for name in wanted}
    if not each[wanted[0]]:
        got = f"a {trained.task.kind()} run, whose evaluator has no scores by row"
        expected = "Expected a task whose Evaluator has a method row_scores"
        raise RnnkitError(str(run), got, expected)
    parts = {name: {one.metric: one for one in scores} for name, scores in each.items()}
    size = len(data.parts["train"])
    return RunRows(run, trained.task, data.watched, parts, *_facts(trained), size)


def _facts(trained: Trained) -> tuple[int | None, int, float]:
    counts = [layer.parameters for layer in trained.architecture.all_layers]
    parameters = None if None in counts else sum(count or 0 for count in counts)
    if not trained.run.history.is_file():
        return parameters, 0, float("nan")
    history = trained.run.load_history()
    seconds = history.columns.get("seconds", ())
    usual = float(np.median(seconds)) if len(seconds) else float("nan")
    return parameters, len(history.epochs), usual


def metric_of(runs: Sequence[RunRows], part: str, metric: str | None) -> str:
    """The score that runs are compared by: the given one, else the published one, else
    that of a verdict.

    Raises:
        RnnkitError: If they do not have it in common.
    """
    shared = [
        name for name in runs[0].parts[part] if all(name in each.parts[part] for each in runs)
    ]
    if metric is not None:
        if metric not in shared:
            expected = f"Expected one of: {', '.join(shared)}"
            got = f"no score {metric!r} that these runs have"
            raise RnnkitError("--metric", got, expected, did_you_mean(metric, shared))
        return metric
    if not shared:
        kinds = " and ".join(dict.fromkeys(each.task.kind() for each in runs))
        got = f"{kinds} runs have no score in common"
        raise RnnkitError("runs", got, "Expected runs of one task")
    published = runs[0].task.published
    preferred = [published.metric] if published and published.part == part else []
    wanted = [*preferred, *runs[0].task.judged_by, *shared]
    return next(name for name in wanted if name in shared)


def require_same_rows(runs: Sequence[RunRows], part: str, metric: str) -> None:
    """Every run was scored on the rows of the first.

    Raises:
        RnnkitError: If one was not, with the reason.
    """
    first = runs[0]
    one = first.parts[part][metric]
    for run in runs[1:]:
        other = run.parts[part][metric]
        if other.identity == one.identity:
            continue
        got = f"{len(other):,} {other.unit}, and {first.run} has {len(one):,} {one.unit}"
        if len(other) == len(one):
            got = f"the {part} part holds other {one.unit} than that of {first.run}"
        expected = f"Expected runs that were scored on the same {one.unit}: {_why(first, run)}"
        raise RnnkitError(str(run.run), got, expected)


def _why(first: RunRows, other: RunRows) -> str:
    """Which keys of the configs that decide on the rows differ."""
    every = changes(first.task, other.task)
    found = [str(one) for of in ("data.", "task.") for one in every if one.key.startswith(of)]
    more = f" and {len(found) - SHOWN_CHANGES} more" if len(found) > SHOWN_CHANGES else ""
    return "; ".join(found[:SHOWN_CHANGES]) + more if found else "the configs are alike"
