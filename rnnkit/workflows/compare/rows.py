"""Scores runs row by row, and checks that their rows can be compared."""

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
from rnnkit.workflows.evaluate import save_scores
from rnnkit.workflows.pictures import save_pictures
from rnnkit.workflows.run_page import measured_scores
from rnnkit.workflows.trained import Trained, load_trained

MAX_CHANGES = 3


@dataclass(frozen=True)
class RunRows:
    """A trained run with its scores for each row of some parts of its data.

    Args:
        run: The run folder.
        task: The config.
        watched: The part by which the best weights were chosen.
        parts: By part and metric, the scores for each row.
        parameters: The number of trainable parameters; None if only keras can count them.
        epochs: The number of epochs that it was trained for.
        seconds: The median duration of an epoch in seconds; nan if unknown.
        size: The number of examples in the training set.
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
        """The random seed."""
        return self.task.train.random_seed


def rows_of(run: RunFolder, part: str | None, *, with_test: bool = False) -> RunRows:
    """Opens a run and scores its parts row by row.

    Args:
        run: A trained run.
        part: The part; None for the watched one.
        with_test: Whether the test part, if there is one, is scored as well; its scores are then
            written to the run.

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
    names = [part or data.watched]
    if names[0] not in data.parts:
        expected = f"It has: {', '.join(data.parts)}"
        raise RnnkitError("--part", f"{run} has no part {part!r}", expected)
    evaluator = trained.task.evaluator(trained.predictor, data)
    if with_test and "test" in data.parts and "test" not in names:
        names.append("test")
        if "test" not in measured_scores(run):
            evaluations = [evaluator.evaluate("test")]
            save_scores(run, evaluations)
            save_pictures(run, evaluations)
    parts = {
        name: {scores.metric: scores for scores in evaluator.row_scores(name)} for name in names
    }
    if not parts[names[0]]:
        got = f"a {trained.task.kind()} run, whose evaluator has no scores by row"
        expected = "Expected a task whose Evaluator has a method row_scores"
        raise RnnkitError(str(run), got, expected)
    size = len(data.parts["train"])
    return RunRows(run, trained.task, data.watched, parts, *_training_facts(trained), size)


def _training_facts(trained: Trained) -> tuple[int | None, int, float]:
    """The number of parameters, of epochs, and the median seconds of an epoch."""
    counts = [layer.parameters for layer in trained.architecture.all_layers]
    parameters = None if None in counts else sum(count or 0 for count in counts)
    if not trained.run.history.is_file():
        return parameters, 0, float("nan")
    history = trained.run.load_history()
    seconds = history.columns.get("seconds", ())
    median = float(np.median(seconds)) if len(seconds) else float("nan")
    return parameters, len(history.epochs), median


def metric_of(runs: Sequence[RunRows], part: str, metric: str | None) -> str:
    """The score that runs are compared by: `metric`, else that of the published figure, else the
    first by which the task judges a model.

    Raises:
        RnnkitError: If the runs do not have this score in common, or none.
    """
    shared = [name for name in runs[0].parts[part] if all(name in run.parts[part] for run in runs)]
    if metric is not None:
        if metric not in shared:
            expected = f"Expected one of: {', '.join(shared)}"
            got = f"no score {metric!r} that these runs have"
            raise RnnkitError("--metric", got, expected, did_you_mean(metric, shared))
        return metric
    if not shared:
        kinds = " and ".join(dict.fromkeys(run.task.kind() for run in runs))
        got = f"{kinds} runs have no score in common"
        raise RnnkitError("runs", got, "Expected runs of one task")
    published = runs[0].task.published
    preferred = [published.metric] if published and published.part == part else []
    candidates = [*preferred, *runs[0].task.judged_by, *shared]
    return next(name for name in candidates if name in shared)


def require_same_rows(runs: Sequence[RunRows], part: str, metric: str) -> None:
    """Checks that all runs were scored on the same rows.

    Raises:
        RnnkitError: If they were not, with the keys of the configs that differ.
    """
    first = runs[0]
    expected_rows = first.parts[part][metric]
    count, unit = len(expected_rows), expected_rows.unit
    for run in runs[1:]:
        rows = run.parts[part][metric]
        if rows.identity == expected_rows.identity:
            continue
        got = f"{len(rows):,} {rows.unit}, and {first.run} has {count:,} {unit}"
        if len(rows) == count:
            got = f"the {part} part holds other {unit} than that of {first.run}"
        expected = f"Expected runs that were scored on the same {unit}: {_differences(first, run)}"
        raise RnnkitError(str(run.run), got, expected)


def _differences(first: RunRows, second: RunRows) -> str:
    """The differences between two configs in the keys that decide on the rows, as a text."""
    differences = [
        str(change)
        for section in ("data.", "task.")
        for change in changes(first.task, second.task)
        if change.key.startswith(section)
    ]
    if not differences:
        return "the configs are alike"
    more = len(differences) - MAX_CHANGES
    return "; ".join(differences[:MAX_CHANGES]) + (f" and {more} more" if more > 0 else "")
