"""The layers of a model, before or after training."""

from __future__ import annotations

from rnnkit.architecture import Architecture
from rnnkit.names import CONFIG, find_config
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task, task_of


def load_architecture(name: str) -> Architecture:
    """The resolved list of layers of a run or a config.

    Args:
        name: A run's folder or name, a config's path, or the name of a shipped config.

    Raises:
        RnnkitError: If there is none, or it is not valid.
    """
    path = find_config(name, prefers_run=True)
    if path.name == CONFIG and (run := RunFolder(path.parent)).environment.is_file():
        task = task_of(run)
        return task.network(task.load_codec(run)).architecture
    task = load_task(path)
    return task.network(task.prepare(Source()).codec).architecture
