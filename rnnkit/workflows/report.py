"""A run on one page, which needs no network, no script and no rnnkit to be read."""

from __future__ import annotations

from pathlib import Path

from rnnkit.errors import RnnkitError
from rnnkit.platform.disk import write_error
from rnnkit.progress import log
from rnnkit.report.exhibits import Exhibit, Text
from rnnkit.report.page import Section
from rnnkit.run import RunFolder
from rnnkit.storage import write_text
from rnnkit.tasks.evaluation import LISTED_MISTAKES, MISTAKES, Evaluation, Evaluator
from rnnkit.tasks.prepared import Prepared, Source
from rnnkit.tasks.task import Task
from rnnkit.workflows.evaluate import evaluate_parts, save_scores
from rnnkit.workflows.outputs import output_page
from rnnkit.workflows.pictures import Pictures
from rnnkit.workflows.run_audit import audit_section
from rnnkit.workflows.run_gradients import gradients_section
from rnnkit.workflows.run_page import Seen, measured_scores, page_of
from rnnkit.workflows.trained import Trained, find_trained, load_trained


def report(name: str | None, output: str | None = None, *, overwrite: bool = False) -> Path:
    """Writes the page of a run.

    Args:
        name: A run's folder or name; None for the newest.
        output: An .html file; if None, report.html in the run folder, which is replaced.
        overwrite: Whether `output` may be replaced.

    Returns:
        The file.

    Raises:
        RnnkitError: If there is no such run, it is not trained, or the file cannot be written.
    """
    run = find_trained(name)
    target = run.report if output is None else output_page(output, "--output", overwrite)
    trained = load_trained(run)
    html = page_of(trained, _look(trained)).html()
    try:
        write_text(target, html)
    except OSError as error:
        where = str(target) if output is None else f"--output: {target}"
        raise write_error(where, error) from None
    return target


def score_training(run: RunFolder, data: Prepared, pictures: Pictures) -> list[Evaluation]:
    """Scores a run at the end of its training, keeps the scores and writes its page.

    Args:
        run: The run.
        data: The training's data, with the calibrated codec.
        pictures: Where its pictures are drawn.

    Returns:
        The evaluation of the part that choices are based on.
    """
    trained = load_trained(run)
    task = trained.task
    evaluator = task.evaluator(task.predictor(data.codec, trained.predictor.outputs), data)
    errors = LISTED_MISTAKES if task.lists_errors else 0
    evaluations = evaluate_parts(evaluator, data, errors=errors)
    save_scores(run, evaluations)
    pictures.submit(evaluations)
    try:
        for seen in evaluations:
            shown = _exhibits(trained, evaluator, data, seen.part)
            page = page_of(trained, Seen(seen, shown, more=_more(run, task, data)))
            write_text(run.report, page.html())
    except (RnnkitError, OSError) as error:  # the run is whole without it
        log.warning(f"{run.report}: not written ({error})")
    return [evaluation.without(MISTAKES) for evaluation in evaluations]


def _look(trained: Trained) -> Seen:
    """What a run shows of its data: of test where that is scored already, else of the part that
    choices were based on.
    """
    run, task, predictor = trained.run, trained.task, trained.predictor
    try:
        data = task.prepare(Source(sample=run.uses_sample), predictor.codec)
    except (RnnkitError, OSError) as error:
        log.warning(
            f"the data cannot be read, so the page shows none of the run's answers: {error}"
        )
        return Seen(why_not=f"The data could not be read: {error}")
    if not data.are_those_of(run.load_manifest().get("data", data.fingerprint)):
        why = "the data are not those that the run was trained on"
        log.warning(f"{why}, so the page shows none of the run's answers")
        return Seen(why_not=f"{why.capitalize()}.")
    part = "test" if "test" in measured_scores(run) and "test" in data.parts else data.watched
    evaluator = task.evaluator(predictor, data)
    evaluator.measured = measured_scores(run)  # with these weights, on these data
    errors = LISTED_MISTAKES if task.lists_errors else 0
    (evaluation,) = evaluate_parts(evaluator, data, [part], errors=errors)
    shown = _exhibits(trained, evaluator, data, part)
    return Seen(evaluation, shown, more=_more(run, task, data))


def _exhibits(trained: Trained, evaluator: Evaluator, data: Prepared, part: str) -> list[Exhibit]:
    shown = evaluator.exhibits(part)
    shown = shown or [Text("Samples", trained.task.sample(trained.predictor, data))]
    return [*shown, *evaluator.worst(part)]


def _more(run: RunFolder, task: Task, data: Prepared) -> list[Section]:
    """What a page says of a run's gradients and data."""
    gradients = gradients_section(run, task, data)
    return [*([gradients] if gradients else []), audit_section(run, task, data)]
