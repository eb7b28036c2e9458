"""The name of a new run, and a message if an unfinished run has that name already."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rnnkit.errors import RnnkitError
from rnnkit.names import CONFIG
from rnnkit.progress import log
from rnnkit.resume_command import resume_command
from rnnkit.run import RunFolder
from rnnkit.tasks.task import Task


def mention_unfinished(path: Path, new: RunFolder) -> None:
    """Logs how to resume an unfinished run at `path`, whose name the new run would have had."""
    earlier = RunFolder(path)
    if path == new.path or earlier.is_trained or not any(earlier.checkpoints.glob("step-*")):
        return
    with contextlib.suppress(RnnkitError), earlier.lock():  # it is locked while it trains
        command = resume_command(earlier)
        log.info(f"{earlier} is not finished: `{command}` continues it; this training is {new}")


def run_name(config: Path | Mapping[str, Any] | Task, task: Task) -> str:
    """The name of a new run: the stem of the config's file, the run's name for a config in a run
    folder, or the task's name if the config has no file.
    """
    if not isinstance(config, Path):
        return task.name().rpartition(":")[2]
    return config.parent.name if config.name == CONFIG else config.stem
