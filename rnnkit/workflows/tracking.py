"""Experiment tracking of a training: the config, epochs and scores sent to its trackers."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rnnkit import backend
from rnnkit.config import dump_config
from rnnkit.config.yaml12 import parse
from rnnkit.environment import require
from rnnkit.errors import RnnkitError
from rnnkit.progress import log
from rnnkit.ranks.group import group
from rnnkit.registry import name_of
from rnnkit.run import RunFolder, runs_folder
from rnnkit.storage import read_json, write_json
from rnnkit.storage.records import Record
from rnnkit.tasks.evaluation import OWN, Evaluation
from rnnkit.tasks.task import Task
from rnnkit.training.trackers.tracker import TrackedRun, TrackerSpec, Value
from rnnkit.workflows.circumstances import circumstances, with_device
from rnnkit.workflows.job import Job

if TYPE_CHECKING:
    from rnnkit.training.fit import Fit
    from rnnkit.training.tracking import Tracking


FILE = "trackers.json"


class Names(Record):
    """trackers.json: the key of a training, and the id of its run by tracker."""

    key: str
    runs: dict[str, str]


def require_trackers(task: Task) -> None:
    """Checks that the libraries of a config's trackers are installed.

    Raises:
        RnnkitError: If one is missing, with the command that installs it.
    """
    for tracker in task.train.trackers:
        if tracker.library is not None:
            require(tracker.library, extra=tracker.library)


@contextlib.contextmanager
def tracked(job: Job, fit: Fit, parameters: int) -> Iterator[Tracking | None]:
    """Yields the callback that sends a training to the trackers of its config; None if there are
    none.

    Args:
        job: The training.
        fit: Its training loop.
        parameters: The number of parameters of its model.
    """
    if not job.task.train.trackers or job.run.uses_sample or group().rank:
        yield None
        return
    from rnnkit.training.tracking import Tracking

    names = _load_names(job.run)
    run = TrackedRun(_run_name(job.run), names.key, _tracked_config(job, parameters))

    def save_ids(runs: Mapping[str, str]) -> None:
        with contextlib.suppress(OSError):  # writing a checkpoint reports a full disk
            write_json(job.run.path / FILE, {"key": names.key, "runs": dict(runs)})

    trackers = _numbered(job.task.train.trackers)
    tracking = Tracking(trackers, run, names.runs, save_ids, lambda: fit.request.leaving())
    try:
        yield tracking
    finally:
        tracking.end(succeeded=False)


def send_scores(tracking: Tracking | None, evaluations: Sequence[Evaluation]) -> None:
    """Sends the scores of a completed training and of its baselines, and ends the tracking."""
    if tracking is None:
        return
    tracking.log(
        {
            f"{evaluation.part}/{'' if row.who == OWN else f'{row.who}/'}{name}": value
            for evaluation in evaluations
            for row in evaluation.rows
            for name, value in row.scores.items()
        }
    )
    tracking.end(succeeded=True)


def _load_names(run: RunFolder) -> Names:
    """Returns the names of a resumed training, or new ones."""
    if (run.path / FILE).is_file():
        try:
            return Names.model_validate(read_json(run.path / FILE, kind=Names))
        except RnnkitError as error:
            log.warning(f"{error}; the training is tracked anew")
    return Names(key=uuid.uuid4().hex[:12], runs={})


def _run_name(run: RunFolder) -> str:
    """Returns the path of a run relative to the runs folder if it is in there, else its name."""
    path, folder = run.path.absolute(), runs_folder().absolute()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _numbered(trackers: Sequence[TrackerSpec]) -> dict[str, TrackerSpec]:
    """Returns trackers by name; a second one of the same kind is called "NAME 2", and so on."""
    named: dict[str, TrackerSpec] = {}
    for tracker in trackers:
        name = name_of("tracker", type(tracker))
        count = sum(type(other) is type(tracker) for other in named.values())
        named[f"{name} {count + 1}" if count else name] = tracker
    return named


def _tracked_config(job: Job, parameters: int) -> dict[str, Value]:
    """Returns config, versions and sizes by full path, such as "model.layers.0.lstm.units"."""
    config = dump_config(job.task)
    rows = {f"rows.{name}": len(job.data.parts[name]) for name in ("train", job.data.watched)}
    versions = with_device(circumstances(backend.current(), config))
    return {
        **flat(parse(config, "config").tree),
        **{f"versions.{name}": value for name, value in versions.items()},
        **rows,
        "parameters": parameters,
    }


def flat(tree: object, path: str = "") -> dict[str, Value]:
    """Returns the leaves of a config by full path, such as "model.layers.0.lstm.units"."""
    if isinstance(tree, Mapping) and tree:
        items: list[tuple[object, object]] = list(tree.items())
    elif isinstance(tree, list) and tree:
        items = list(enumerate(tree))
    else:
        return {path: tree if isinstance(tree, str | int | float | None) else str(tree)}
    return {
        key: leaf
        for name, item in items
        for key, leaf in flat(item, f"{path}.{name}".lstrip(".")).items()
    }
