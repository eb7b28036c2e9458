"""The layers of a model, before or after training."""

from __future__ import annotations

from collections.abc import Sequence

from rnnkit.architecture import Architecture
from rnnkit.names import CONFIG, find_config
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Prepared, Source
from rnnkit.tasks.task import Task, load_task, task_of


def load_architecture(name: str, overrides: Sequence[str] = ()) -> Architecture:
    """The resolved list of layers of a run or a config; arguments as in `load_model`."""
    return load_model(name, overrides)[1]


def load_model(name: str, overrides: Sequence[str] = ()) -> tuple[Task, Architecture]:
    """The checked config of a run or a config, and its resolved list of layers.

    Args:
        name: A run's folder or name, a config's path, or the name of a shipped config.
        overrides: Assignments such as "train.kernel=keras".

    Raises:
        RnnkitError: If there is none, or it is not valid.
    """
    task, architecture, _ = load_with_data(name, overrides)
    return task, architecture


def load_with_data(
    name: str, overrides: Sequence[str] = ()
) -> tuple[Task, Architecture, Prepared | None]:
    """As `load_model`, and the prepared data of a config; None for a run."""
    path = find_config(name, prefers_run=True)
    if path.name == CONFIG and (run := RunFolder(path.parent)).environment.is_file():
        task = task_of(run, overrides)
        return task, task.network(task.load_codec(run)).architecture, None
    task = load_task(path, overrides)
    data = task.prepare(Source())
    return task, task.network(data.codec).architecture, data
