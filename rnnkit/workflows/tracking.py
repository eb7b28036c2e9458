"""What the trackers of a training are told, and when."""

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
    """trackers.json: what names the tracked runs of a training."""

    key: str
    runs: dict[str, str]


def require_trackers(task: Task) -> None:
    """The libraries of a config's trackers are installed.

    Raises:
        RnnkitError: If one is not, with the command that installs it.
    """
    for tracker in task.train.trackers:
        if tracker.library is not None:
            require(tracker.library, extra=tracker.library)


@contextlib.contextmanager
def tracked(job: Job, fit: Fit, parameters: int) -> Iterator[Tracking | None]:
    """What sends to the trackers that a config lists, while it is trained; None if there are
    none.

    Args:
        job: The training.
        fit: Its loop.
        parameters: How many its model has.
    """
    if not job.task.train.trackers or job.run.uses_sample or group().rank:
        yield None
        return
    from rnnkit.training.tracking import Tracking

    names = _names(job.run)
    run = TrackedRun(_name(job.run), names.key, _told(job, parameters))

    def keep(runs: Mapping[str, str]) -> None:
        with contextlib.suppress(OSError):  # the checkpoints say that a disk is full
            write_json(job.run.path / FILE, {"key": names.key, "runs": dict(runs)})

    trackers = _by_name(job.task.train.trackers)
    tracking = Tracking(trackers, run, names.runs, keep, lambda: fit.request.leaving())
    try:
        yield tracking
    finally:
        tracking.end(succeeded=False)


def send_scores(tracking: Tracking | None, evaluations: Sequence[Evaluation]) -> None:
    """The end of a whole training: its scores, and those of baselines."""
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


def _names(run: RunFolder) -> Names:
    """The names of a training that is resumed, or new ones."""
    if (run.path / FILE).is_file():
        try:
            return Names.model_validate(read_json(run.path / FILE, kind=Names))
        except RnnkitError as error:
            log.warning(f"{error}; the training is tracked anew")
    return Names(key=uuid.uuid4().hex[:12], runs={})


def _name(run: RunFolder) -> str:
    """The name of a run's folder, relative to the runs folder if it is in there."""
    path, folder = run.path.absolute(), runs_folder().absolute()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _by_name(trackers: Sequence[TrackerSpec]) -> dict[str, TrackerSpec]:
    """Each by its name; of several of a kind, the later ones with their number."""
    named: dict[str, TrackerSpec] = {}
    for tracker in trackers:
        name = name_of("tracker", type(tracker))
        same = sum(type(other) is type(tracker) for other in named.values())
        named[f"{name} {same + 1}" if same else name] = tracker
    return named


def _told(job: Job, parameters: int) -> dict[str, Value]:
    """The config and what its numbers depend on, by whole paths."""
    config = dump_config(job.task)
    rows = {f"rows.{name}": len(job.data.parts[name]) for name in ("train", job.data.watched)}
    around = with_device(circumstances(backend.current(), config))
    return {
        **flat(parse(config, "config").tree),
        **{f"versions.{name}": value for name, value in around.items()},
        **rows,
        "parameters": parameters,
    }


def flat(tree: object, path: str = "") -> dict[str, Value]:
    """The leaves of a config by their whole paths, "model.layers.0.lstm.units"."""
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
