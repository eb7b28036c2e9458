"""Scores of a run, next to those of baselines on the same data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rnnkit.data.memory.data import PARTS
from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.progress import log, tell
from rnnkit.run import RunFolder
from rnnkit.storage import read_json, write_json
from rnnkit.storage.schemas import Scores
from rnnkit.tasks.evaluation import Evaluation, Evaluator
from rnnkit.tasks.prepared import Prepared, Source
from rnnkit.workflows.pictures import save_pictures
from rnnkit.workflows.trained import find_trained, load_trained


class MissingPartError(RnnkitError):
    """The data have no part of this name."""


def evaluate(
    name: str | None, parts: Sequence[str] = (), *, file: object | None = None, errors: int = 0
) -> list[Evaluation]:
    """Scores a run on parts of its data, or on other data.

    Args:
        name: A run's folder or name; None for the newest.
        parts: Any of train, validation and test; by default validation, or train if no data are
            held out.
        file: Other data to score instead: a path, or data in memory.
        errors: The number of most confident errors to list.

    Raises:
        RnnkitError: If the run or a part does not exist, or the data cannot be read.
    """
    if file is not None and parts:
        got = f"given together with the parts {', '.join(parts)}"
        raise RnnkitError("--data", got, "Expected one of the two: such data have no parts")
    for part in parts:
        if part not in PARTS:  # checked before any data are read
            expected = f"Expected some of: {', '.join(PARTS)}"
            raise RnnkitError("--part", f"no part {part!r}", expected, did_you_mean(part, PARTS))
    if len(set(parts)) < len(parts):
        raise RnnkitError("--part", "a part twice", "Expected each once")
    trained = load_trained(find_trained(name))
    run, task, predictor = trained.run, trained.task, trained.predictor
    if errors and not task.lists_errors:
        got = f"a {task.kind()} run"
        raise RnnkitError("--errors", got, "Expected a classification or tagging run")
    data = task.prepare(Source(sample=run.uses_sample, file=file), predictor.codec)
    tell(data.notes)
    scored = parts if file is None else ["data"]
    evaluations = evaluate_parts(task.evaluator(predictor, data), data, scored, errors=errors)
    trained_on = run.load_manifest().get("data", data.fingerprint)
    if file is None and not data.are_those_of(trained_on):
        log.warning(
            f"the data are not those that {run} was trained on: some of what is held out now"
            " may be in its training data. These scores are not saved"
        )
        return evaluations
    save_scores(run, evaluations)
    save_pictures(run, evaluations)
    return evaluations


def evaluate_parts(
    evaluator: Evaluator, data: Prepared, parts: Sequence[str] = (), *, errors: int = 0
) -> list[Evaluation]:
    """Scores parts of prepared data; by default validation, or train if no data are held out.

    Raises:
        MissingPartError: If a part does not exist.
    """
    # The test set is scored only on request, since models are selected on validation.
    names = list(parts) or [data.watched]
    for part in names:
        if part not in data.parts:
            expected = f"This run's data have: {', '.join(data.parts)}"
            raise MissingPartError("--part", f"no part {part!r}", expected)
    return [evaluator.evaluate(part, errors) for part in names]


def save_scores(run: RunFolder, evaluations: Sequence[Evaluation]) -> None:
    """Adds scores to metrics.json; a damaged file or a read-only folder only causes a warning."""
    scores = {
        evaluation.part: {row.who: row.scores for row in evaluation.rows}
        for evaluation in evaluations
        if evaluation.part != "data"
    }
    if not scores:
        return
    try:
        saved = read_json(run.metrics, kind=Scores)
    except (RnnkitError, OSError) as error:
        saved = {}
        if run.metrics.exists():
            log.warning(f"{error} It is written again")
    try:
        write_json(run.metrics, saved | scores)
    except OSError as error:
        log.warning(f"{error.filename or run.path}: not saved ({error.strerror})")


def as_json(evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """Evaluations as dictionaries, for JSON."""
    return [asdict(evaluation) for evaluation in evaluations]
