"""Predictions of a run for a text, or for each record of files."""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.errors import RnnkitError, at
from rnnkit.tasks.answers import answer_text, require_rows
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.tasks.predictor import Answers
from rnnkit.tasks.task import task_of
from rnnkit.workflows.forecast import forecast
from rnnkit.workflows.scoring.inputs import names_several
from rnnkit.workflows.scoring.score import score
from rnnkit.workflows.trained import find_trained, load_trained


def predict(name: str | None, text: str, *, top: int = 5) -> Answers:
    """Returns a run's answer to `text`: labels, the most probable next tokens, tags, a translation,
    or the next values of a series.

    Args:
        name: A run's folder or name; None for the newest.
        text: The input.
        top: The largest number of rows, for labels, tokens and translations.

    Returns:
        Rows as dataclasses, best first: `label` and `probability`, `token` and `probability`,
        `step` and `forecast`, or `target` and `log_probability`.

    Raises:
        RnnkitError: If there is no such run, it cannot answer the text, or `top` is not positive.
    """
    require_rows(top)
    predictor = load_trained(find_trained(name)).predictor
    with at("--text"):
        return answer_text(predictor, text, top)


def predict_files(
    name: str | None,
    sources: Sequence[str],
    output: str,
    *,
    column: str | None = None,
    overwrite: bool = False,
    jobs: int = 1,
) -> tuple[int, int]:
    """Writes the answer to every record of files, streaming them in order.

    If a table already has a column "label", that of the answers is called "predicted_label"; the
    same holds for other columns. For a forecaster, each file holds one or several series, and the
    steps after the end of each are written. Answers are stored next to the output until it is
    complete: after an interruption, the same call computes only the missing ones, and the output is
    bit-identical.

    Args:
        name: A run's folder or name; None for the newest.
        sources: Files in formats that the run reads, folders of them, or patterns such as
            "parts/*.csv"; "-" for lines of standard input.
        output: A file in a format that the run writes, complete or absent; for several inputs also
            a folder, with a file of answers for each; "-" for standard output.
        column: The input column; None for the one that the run was trained on.
        overwrite: Whether files may be replaced.
        jobs: The number of processes; 1 for this one alone.

    Returns:
        The number of records answered, and the number of files.

    Raises:
        RnnkitError: If there is no such run, file or column, a record is malformed, the answers to
            two files would go to the same one, or an output exists already.
    """
    run = find_trained(name)
    if issubclass(task_of(run).predictor_class(), Forecasts):
        if column is not None:
            got = f"{run}: a run that {Forecasts.does}"
            raise RnnkitError("--column", got, "Expected the columns of its config", "Remove it")
        if not names_several(sources):
            return forecast(str(run), sources[0], output, overwrite=overwrite), 1
    trained = load_trained(run)
    return score(trained, sources, output, column=column, overwrite=overwrite, jobs=jobs)
