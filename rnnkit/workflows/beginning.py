"""The start of a run: its name, and the checkpoint of step 0, which holds what does not follow from
config, data and seed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.errors import RnnkitError
from rnnkit.names import CONFIG
from rnnkit.progress import log
from rnnkit.resume_command import resume_command
from rnnkit.run import RunFolder
from rnnkit.tasks.task import Task
from rnnkit.training.checkpoint import Checkpoint, save_checkpoint
from rnnkit.training.progress import Progress

if TYPE_CHECKING:
    import keras

    from rnnkit.training.fit import Fit

START = "start"


def keep_start(
    run: RunFolder, weights: Mapping[str, np.ndarray] | None, state: Mapping[str, Any]
) -> None:
    """Writes the checkpoint of step 0.

    Args:
        run: A new run folder.
        weights: Initial weights that are not random.
        state: What a resumed training must share with this one, or is compared with.
    """
    progress = asdict(Progress())
    save_checkpoint(
        run.checkpoints, 0, weights or {}, {START: True, "progress": progress, **state}, keep=1
    )


def is_start(checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint is that of step 0."""
    return bool(checkpoint.state.get(START))


def restart(
    model: keras.Model, architecture: Architecture, fit: Fit, checkpoint: Checkpoint
) -> None:
    """Puts a new model into the initial state of its training.

    Raises:
        RnnkitError: If the checkpoint belongs to other data or to another model.
    """
    from rnnkit.models.build import get_weights, set_weights
    from rnnkit.training.variables import require_same

    require_same(fit.identity, checkpoint, str(fit.run))
    if checkpoint.arrays:
        set_weights(model, architecture, get_weights(model, architecture) | checkpoint.arrays)


def point_to(path: Path, new: RunFolder) -> None:
    """Points out that a run of the same name was stopped, and how to continue it."""
    earlier = RunFolder(path)
    if path == new.path or earlier.is_trained or not any(earlier.checkpoints.glob("step-*")):
        return
    with contextlib.suppress(RnnkitError), earlier.lock():  # locked while it is still training
        again = f"`{resume_command(earlier)}` continues it"
        log.info(f"{earlier} is not finished: {again}; this training is {new}")


def run_name(config: Path | Mapping[str, Any], task: Task) -> str:
    """The name of a new run: that of the config's file, of the run that the config is from, or of
    the task if the config is a mapping.
    """
    if not isinstance(config, Path):
        return task.name().rpartition(":")[2]
    return config.parent.name if config.name == CONFIG else config.stem
