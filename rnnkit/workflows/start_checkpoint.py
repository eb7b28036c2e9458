"""The checkpoint of step 0: the state that cannot be derived from config, data and seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit.architecture import Architecture
from rnnkit.run import RunFolder
from rnnkit.training.checkpoint import Checkpoint, save_checkpoint
from rnnkit.training.progress import Progress

if TYPE_CHECKING:
    import keras

    from rnnkit.training.fit import Fit

START = "start"


def save_start_checkpoint(
    run: RunFolder, weights: Mapping[str, np.ndarray] | None, state: Mapping[str, Any]
) -> None:
    """Writes the checkpoint of step 0.

    Args:
        run: A new run folder.
        weights: The initial weights that are not random.
        state: The identity and record of the training, which a resumed one is compared with.
    """
    progress = asdict(Progress())
    save_checkpoint(
        run.checkpoints, 0, weights or {}, {START: True, "progress": progress, **state}, keep=1
    )


def is_start_checkpoint(checkpoint: Checkpoint) -> bool:
    """Returns whether a checkpoint is that of step 0."""
    return bool(checkpoint.state.get(START))


def restore_start(
    model: keras.Model, architecture: Architecture, fit: Fit, checkpoint: Checkpoint
) -> None:
    """Restores the initial state of a training in a new model.

    Raises:
        RnnkitError: If the checkpoint belongs to other data or to another model.
    """
    from rnnkit.models.build import get_weights, set_weights
    from rnnkit.training.variables import require_same

    require_same(fit.identity, checkpoint, str(fit.run))
    if checkpoint.arrays:
        set_weights(model, architecture, get_weights(model, architecture) | checkpoint.arrays)
