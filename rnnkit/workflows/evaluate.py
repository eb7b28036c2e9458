"""The scores of a run, each beside what simple methods reach on the same data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from rnnkit.errors import RnnkitError, did_you_mean
from rnnkit.run import RunFolder, find_run
from rnnkit.storage import read_json, write_bytes, write_json
from rnnkit.tasks.task import Confusion, Evaluation
from rnnkit.workflows.answer import Trained, load_trained


def evaluate(
    name: str | None,
    parts: Sequence[str] = (),
    *,
    file: str | None = None,
    errors: int = 0,
    warn: Callable[[str], None],
) -> list[Evaluation]:
    """Scores a run on parts of its data, or on a further file.

    Args:
        name: A run's folder or name; None for the newest.
        parts: train, validation, test; where empty, validation, or the training part where nothing
            is held out.
        file: A file to score instead.
        errors: List so many of the most confident mistakes.
        warn: Called with a line about what is not as expected.

    Raises:
        RnnkitError: If the run or a part is not there, or the data cannot be read.
    """
    if file is not None and parts:
        raise RnnkitError(
            "--data",
            f"a file and the parts {', '.join(parts)}",
            "Expected one of the two: a file has no parts",
        )
    trained = load_trained(find_run(name), warn)
    if errors and not trained.config.lists_errors:
        raise RnnkitError(
            "--errors", f"a {trained.config.kind()} run", "Expected a classification or tagging run"
        )
    data = trained.config.load_data(sample=trained.run.uses_sample, codec=trained.codec, file=file)
    for line in data.describe():
        warn(line)
    evaluations = evaluate_parts(
        trained, data, ["data"] if file else parts, errors=errors, say=warn
    )
    if (
        file is None
        and trained.run.load_manifest().get("data", data.fingerprint) != data.fingerprint
    ):
        warn(
            f"the data are not those that {trained.run} was trained on: it may know what is held"
            " out now. These scores are not kept"
        )
        return evaluations
    keep_scores(trained.run, evaluations, warn)
    return evaluations


def evaluate_parts(
    trained: Trained,
    data: Any,
    parts: Sequence[str] = (),
    *,
    errors: int = 0,
    say: Callable[[str], None],
) -> list[Evaluation]:
    """Scores parts of data that are loaded already; `say` is called with lines about the progress
    of what takes long.
    """
    # The test part is scored only when it is asked for: choices are made on validation.
    wanted = list(parts) or ["validation" if "validation" in data.parts else "train"]
    for part in wanted:
        if part not in data.parts:
            raise RnnkitError(
                "--part",
                f"no part {part!r}",
                f"This run's data have: {', '.join(data.parts)}",
                did_you_mean(part, data.parts),
            )
    evaluations: list[Evaluation] = trained.config.evaluate(
        trained.outputs, data, wanted, errors=errors, say=say
    )
    return evaluations


def keep_scores(
    run: RunFolder, evaluations: Sequence[Evaluation], warn: Callable[[str], None]
) -> None:
    """Adds scores to metrics.json, and pictures; a folder that cannot be written, or a damaged
    file, is no reason to withhold them.
    """
    scores = {
        evaluation.part: {row.who: row.scores for row in evaluation.rows}
        for evaluation in evaluations
        if evaluation.part != "data"
    }
    if not scores:
        return
    try:
        kept = read_json(run.metrics)
    except (RnnkitError, OSError) as error:
        kept = {}
        if run.metrics.exists():
            warn(f"{error} It is written anew")
    try:
        write_json(run.metrics, kept | scores)
        for evaluation in evaluations:
            if evaluation.confusion and evaluation.part != "data":
                write_bytes(
                    run.confusion(evaluation.part),
                    _drawn(evaluation.confusion, f"{run.path.name}, {evaluation.part}"),
                )
    except OSError as error:
        warn(f"{error.filename or run.path}: not kept ({error.strerror})")


def _drawn(confusion: Confusion, title: str) -> bytes:
    from rnnkit.report.confusion import draw_confusion

    return draw_confusion(np.array(confusion.counts), confusion.labels, title)


def as_json(evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """Evaluations as plain data."""
    return [asdict(evaluation) for evaluation in evaluations]
