"""A sweep: trials of one config, chosen on validation, the winner scored on test; it resumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from rnnkit.config import dump_config
from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.progress import log, quietly
from rnnkit.storage import read_json, write_bytes, write_json, write_text
from rnnkit.storage.records import Record
from rnnkit.training.progress import DivergedError
from rnnkit.workflows.evaluate import evaluate
from rnnkit.workflows.planned import Planned, carry_out_all
from rnnkit.workflows.run_page import measured_scores
from rnnkit.workflows.sweep.result import Result, importance_of, outcome_of, ranked
from rnnkit.workflows.sweep.study import Asked, Study, Trial, make_study

DIVERGED = "diverged.json"
"""Of each trial that diverged what was found, in the folder of a study."""

BEST = "best.yaml"
"""The config of the winner."""


class Reasons(Record):
    """DIVERGED: by trial, what was found."""

    __pydantic_extra__: dict[str, str] = Field(init=False)


@dataclass(frozen=True)
class Swept:
    """What a sweep has come to.

    Args:
        study: Its trials.
        result: Of them; None where a signal stopped it.
        signal: That signal.
    """

    study: Study
    result: Result | None
    signal: int | None = None


def sweep(asked: Asked) -> Swept:
    """Trains what is not yet trained, chooses on validation, and scores the winner on test.

    Args:
        asked: What varies, and how it is chosen.

    Raises:
        RnnkitError: If what is asked is wrong, a run that is there is damaged or changed, or every
            trial failed.
    """
    study = make_study(asked)
    diverged = _diverged(study.folder)
    failed = dict(diverged)

    def note(trial: Planned, error: Exception) -> None:
        failed[trial.name] = str(error) or type(error).__name__
        log.warning(f"{trial} failed, and is not counted ({failed[trial.name]})")
        if isinstance(error, DivergedError):  # it would diverge again; all else is tried again
            diverged[trial.name] = failed[trial.name]
            write_json(study.folder / DIVERGED, diverged)

    trials = [trial for trial in study.trials if trial.name not in diverged]
    where = asked.device, asked.backend_name
    if trials and (signal := carry_out_all(trials, *where, (RnnkitError, MemoryError), note)):
        return Swept(study, None, signal)
    return Swept(study, _result(study, failed))


def _diverged(folder: Path) -> dict[str, str]:
    path = folder / DIVERGED
    return dict(read_json(path, kind=Reasons)) if path.is_file() else {}


def _result(study: Study, failed: Mapping[str, str]) -> Result:
    outcomes = [outcome_of(trial, failed.get(trial.name, "")) for trial in study.trials]
    known = [one for one in outcomes if one.score is not None]
    if not known:
        got = f"all {len(outcomes)} trials failed; the first: {outcomes[0].problem}"
        raise RnnkitError(str(study.folder), got, exit_code=RUN_FAILED)
    metric = study.trials[known[0].number].run.load_manifest()["best"]["monitor"]
    best_first = ranked(outcomes, metric)
    winner = study.trials[best_first[0].number]
    result = Result(
        metric,
        best_first,
        importance_of(study.space, outcomes),
        _tested(winner),
        str(study.folder),
    )
    _write(study.folder, winner, result)
    return result


def _tested(winner: Trial) -> Mapping[str, Mapping[str, float]]:
    """The winner's scores on the test part, which is scored once; nothing where there is none."""
    measured = measured_scores(winner.run)
    if "test" not in measured:
        try:
            with quietly(True):
                evaluate(str(winner.run), ["test"])
        except RnnkitError as error:
            log.info(f"the winner is not scored on test: {error}")
            return {}
        measured = measured_scores(winner.run)
    return measured.get("test", {})


def _write(folder: Path, winner: Trial, result: Result) -> None:
    """Keeps the result in the study's folder, and the winner's config."""
    files = {"sweep.csv": result.csv, "sweep.json": result.json, "sweep.png": result.picture}
    try:
        write_text(folder / BEST, dump_config(winner.task))
        for name, content in files.items():
            write_bytes(folder / name, content())
    except (OSError, RnnkitError) as error:  # the runs are whole without them
        log.warning(f"{folder}: not all is written ({error})")
