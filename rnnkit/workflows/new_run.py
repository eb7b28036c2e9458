"""The name of a new run, and a remark on an unfinished run that has it already."""

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
    """Logs how to continue a stopped run at `path`, whose name is that of a new run."""
    earlier = RunFolder(path)
    if path == new.path or earlier.is_trained or not any(earlier.checkpoints.glob("step-*")):
        return
    with contextlib.suppress(RnnkitError), earlier.lock():  # locked while it is still training
        again = f"`{resume_command(earlier)}` continues it"
        log.info(f"{earlier} is not finished: {again}; this training is {new}")


def run_name(config: Path | Mapping[str, Any] | Task, task: Task) -> str:
    """The name of a new run: that of the config's file, of the run that the config is from, or of
    the task if the config has no file.
    """
    if not isinstance(config, Path):
        return task.name().rpartition(":")[2]
    return config.parent.name if config.name == CONFIG else config.stem
