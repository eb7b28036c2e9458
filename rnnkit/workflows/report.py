"""The report of a run: one HTML page without scripts, readable offline and without rnnkit."""

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
from rnnkit.workflows.run_page import PartReport, measured_scores, page_of
from rnnkit.workflows.trained import Trained, find_trained, load_trained


def report(name: str | None, output: str | None = None, *, overwrite: bool = False) -> Path:
    """Writes the report of a run.

    Args:
        name: A run's folder or name; None for the newest.
        output: An .html file; None for report.html in the run folder, which is replaced.
        overwrite: Whether `output` may be replaced.

    Returns:
        The written file.

    Raises:
        RnnkitError: If there is no such run, it is not trained, or the file cannot be written.
    """
    run = find_trained(name)
    target = run.report if output is None else output_page(output, "--output", overwrite)
    trained = load_trained(run)
    html = page_of(trained, _part_report(trained)).html()
    try:
        write_text(target, html)
    except OSError as error:
        where = str(target) if output is None else f"--output: {target}"
        raise write_error(where, error) from None
    return target


def score_training(run: RunFolder, data: Prepared, pictures: Pictures) -> list[Evaluation]:
    """Scores a run at the end of its training, saves the scores and writes the report.

    Args:
        run: The run.
        data: The data of the training, with the calibrated codec.
        pictures: Draws the confusion matrices.

    Returns:
        The evaluation of the part on which choices are based.
    """
    trained = load_trained(run)
    task = trained.task
    evaluator = task.evaluator(task.predictor(data.codec, trained.predictor.outputs), data)
    errors = LISTED_MISTAKES if task.lists_errors else 0
    evaluations = evaluate_parts(evaluator, data, errors=errors)
    save_scores(run, evaluations)
    pictures.submit(evaluations)
    try:
        for evaluation in evaluations:
            exhibits = _exhibits(trained, evaluator, data, evaluation.part)
            sections = _data_sections(run, task, data)
            page = page_of(trained, PartReport(evaluation, exhibits, sections=sections))
            write_text(run.report, page.html())
    except (RnnkitError, OSError) as error:  # the run is complete without it
        log.warning(f"{run.report}: not written ({error})")
    return [evaluation.without(MISTAKES) for evaluation in evaluations]


def _part_report(trained: Trained) -> PartReport:
    """Evaluates a run on the test part if that has been scored already, else on the part on which
    choices were based.
    """
    run, task, predictor = trained.run, trained.task, trained.predictor
    try:
        data = task.prepare(Source(sample=run.uses_sample), predictor.codec)
    except (RnnkitError, OSError) as error:
        log.warning(
            f"the data cannot be read, so the page shows none of the run's answers: {error}"
        )
        return PartReport(missing=f"The data could not be read: {error}")
    if not data.are_those_of(run.load_manifest().get("data", data.fingerprint)):
        reason = "the data are not those that the run was trained on"
        log.warning(f"{reason}, so the page shows none of the run's answers")
        return PartReport(missing=f"{reason.capitalize()}.")
    part = "test" if "test" in measured_scores(run) and "test" in data.parts else data.watched
    evaluator = task.evaluator(predictor, data)
    evaluator.measured = measured_scores(run)  # of the same weights and data
    errors = LISTED_MISTAKES if task.lists_errors else 0
    (evaluation,) = evaluate_parts(evaluator, data, [part], errors=errors)
    exhibits = _exhibits(trained, evaluator, data, part)
    return PartReport(evaluation, exhibits, sections=_data_sections(run, task, data))


def _exhibits(trained: Trained, evaluator: Evaluator, data: Prepared, part: str) -> list[Exhibit]:
    exhibits = evaluator.exhibits(part)
    exhibits = exhibits or [Text("Samples", trained.task.sample(trained.predictor, data))]
    return [*exhibits, *evaluator.worst(part)]


def _data_sections(run: RunFolder, task: Task, data: Prepared) -> list[Section]:
    """Returns the sections on the gradients and the data of a run."""
    gradients = gradients_section(run, task, data)
    return [*([gradients] if gradients else []), audit_section(run, task, data)]
