"""Saving the results of a training: the best weights, and the files that depend on them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rnnkit.errors import RnnkitError
from rnnkit.export.keras import export_keras
from rnnkit.resume_command import resume_command
from rnnkit.run import RunFolder
from rnnkit.storage import write_json
from rnnkit.workflows.engines import outputs_of
from rnnkit.workflows.job import Job

if TYPE_CHECKING:
    import keras

    from rnnkit.training.fit import Fit


def save_after_divergence(job: Job, model: keras.Model, fit: Fit, error: RnnkitError) -> None:
    """Saves the best weights of a training that diverged, and adds to the hint of its error how to
    continue.
    """
    can_resume = fit.progress.step and any(job.run.checkpoints.glob("step-*"))
    if fit.monitor.best:
        save(job, model, fit)
        error.hint += f"; the weights of epoch {fit.progress.best_epoch} are kept in {job.run}"
    if can_resume:
        rate = f"train.learning_rate={job.task.train.learning_rate / 10:g}"
        command = resume_command(job.run, rate)
        error.hint += f"; or continue from the last checkpoint: `{command}`"


def save(job: Job, model: keras.Model, fit: Fit) -> str:
    """Saves the best weights with their thresholds and export, removes scores and pictures of
    earlier weights, and returns a sentence about the saved weights.
    """
    from rnnkit.models.build import get_weights

    fit.load_best_weights()
    architecture, progress, run = job.network.architecture, fit.progress, job.run
    weights = get_weights(model, architecture)
    value = fit.monitor.best_score(progress)
    best = {"epoch": progress.best_epoch, "monitor": fit.monitor.column, "value": value}
    facts = {"best": best, "steps": progress.step, "data": job.data.fingerprint}
    with run.replacing() as new:
        new.save_weights(weights, {"task": job.task.kind(), **facts})
        has_changed = _checksum(run) != _checksum(new)
        if not fit.request.signal:
            predictor = job.task.predictor(job.data.codec, outputs_of(architecture, weights))
            job.data.codec = job.task.calibrate(predictor, job.data)
        elif has_changed:  # after a signal: calibrating would take as long as validation
            job.data.codec = job.task.uncalibrated(job.data.codec)
        job.data.codec.save(new)
        export_keras(architecture, weights, new)
        if has_changed and run.metrics.exists():
            write_json(new.metrics, {})
        if has_changed:
            stale = [] if new.keras_export.exists() else [run.keras_export]
            for path in (run.report, *run.confusions(), *stale):
                with contextlib.suppress(OSError):  # absent, or open in a program on Windows
                    path.unlink()
    if value is None:
        return "no whole epoch: the last weights are kept"
    score = f"{fit.monitor.column} {value:.4f}"
    return f"best weights: epoch {progress.best_epoch} of {progress.epoch}, {score}"


def _checksum(run: RunFolder) -> str | None:
    """Returns the checksum of a run's weights; None if its manifest is absent or damaged."""
    try:
        return str(run.load_manifest()["sha256"])
    except RnnkitError:
        return None
