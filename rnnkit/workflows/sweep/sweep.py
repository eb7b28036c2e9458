"""Runs a sweep: trains trials, chooses the best on validation, and scores it on test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rnnkit.config import dump_config
from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.progress import log, quiet_stderr
from rnnkit.quantities import counted
from rnnkit.run import RunFolder
from rnnkit.signals import mentioned_if_stopped
from rnnkit.storage import write_bytes, write_text
from rnnkit.workflows.evaluate import MissingPartError, evaluate
from rnnkit.workflows.run_page import measured_scores
from rnnkit.workflows.sweep.jobs import work_in_processes
from rnnkit.workflows.sweep.outcome import HELD_OUT, Outcome, ranked
from rnnkit.workflows.sweep.plan import SweepOptions, make_plan
from rnnkit.workflows.sweep.plan_checks import remark_on_validation
from rnnkit.workflows.sweep.result import Result, importance_of
from rnnkit.workflows.sweep.study import Study
from rnnkit.workflows.sweep.study_folder import make_study
from rnnkit.workflows.sweep.worker import work

BEST = "best.yaml"
"""The config of the best trial."""


@dataclass(frozen=True)
class SweepStatus:
    """A sweep that is done or stopped.

    Args:
        study: The study.
        result: The result; None if a signal stopped the sweep.
        signal: The signal that stopped it; None if none did.
    """

    study: Study
    result: Result | None
    signal: int | None = None


def sweep(options: SweepOptions) -> SweepStatus:
    """Trains the trials that are not trained yet, chooses the best on validation, and scores it on
    test. The same call in another process, or on another machine, shares the work.

    Args:
        options: The options of the sweep.

    Raises:
        RnnkitError: If an option is wrong, an existing run is damaged or changed, or every trial
            failed.
    """
    study = make_study(make_plan(options))
    remark_on_validation(study.plan)
    with mentioned_if_stopped(lambda: "stopped; the same command again continues it"):
        if signal := _train_trials(options, study):
            return SweepStatus(study, None, signal)
        with study.claims.deciding():  # so that only one process scores the test part
            return SweepStatus(study, _result(study))


def _train_trials(options: SweepOptions, study: Study) -> int | None:
    """Trains the trials that are left, with the launcher that was chosen; returns the signal that
    stopped it.
    """
    section, left = study.plan.section, study.plan.trials - study.done
    if section.launcher == "ray" and left:
        from rnnkit.workflows.sweep.on_ray import work_on_ray

        return work_on_ray(options, study, left)
    if (jobs := min(section.jobs or 1, left)) > 1:
        return work_in_processes(options, study, jobs)
    return work(study, options.device, options.backend_name)


def _result(study: Study) -> Result:
    """The result of a study whose trials have ended, which is also written to its folder."""
    outcomes = study.outcomes()
    if not any(outcome.is_complete for outcome in outcomes):
        tried = counted(len(outcomes), "trial")
        got = f"no trial succeeded, of {tried}; the first: {outcomes[0].problem}"
        raise RnnkitError(str(study.folder), got, exit_code=RUN_FAILED)
    best_first = ranked(outcomes, study.plan.monitor)
    winner = best_first[0]
    if not winner.metric.startswith(HELD_OUT):
        log.warning(
            "there is no validation part: the best trial is the one that fits the training data"
            " best; set data.split.validation"
        )
    result = Result(
        winner.metric,
        best_first,
        importance_of(study.space, outcomes),
        _test_scores(winner),
        str(study.folder),
    )
    _write(study, winner, result)
    return result


def _test_scores(winner: Outcome) -> Mapping[str, Mapping[str, float]]:
    """The scores of the best trial on the test part, which is scored once; {} if there is none."""
    run = RunFolder(Path(winner.run))
    if not run.is_trained:
        log.info(f"the winner's run is {winner.run}, where it is scored on test")
        return {}
    measured = measured_scores(run)
    if "test" not in measured:
        try:
            with quiet_stderr(True):
                evaluate(str(run), ["test"])
        except MissingPartError:
            log.info("there is no test part, on which the winner would be scored")
            return {}
        except RnnkitError as error:
            log.info(f"the winner is not scored on test: {error}")
            return {}
        measured = measured_scores(run)
    return measured.get("test", {})


def _write(study: Study, winner: Outcome, result: Result) -> None:
    """Writes the result and the config of the best trial to the study's folder."""
    files = {"sweep.csv": result.csv, "sweep.json": result.json, "sweep.png": result.picture}
    try:
        task = study.plan.recipe.task(winner.point)
        if task.dataset is not None:
            task.dataset.keep_in(study.folder)
        write_text(study.folder / BEST, dump_config(task))
        for name, content in files.items():
            write_bytes(study.folder / name, content())
    except (OSError, RnnkitError) as error:  # the runs are complete without these files
        log.warning(f"{study.folder}: not all is written ({error})")
