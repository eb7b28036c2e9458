"""A prepared training and its steps: build the model, create the loop, restore, run."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit import backend
from rnnkit.config import dump_config
from rnnkit.errors import at
from rnnkit.progress import is_quiet, log, stderr_to
from rnnkit.quantities import agreed, counted
from rnnkit.report.curves import svg_curves
from rnnkit.run import RunFolder
from rnnkit.stage_times import EPOCHS, stage
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Codec, Part, Prepared
from rnnkit.tasks.task import Task
from rnnkit.workflows.circumstances import circumstances, with_device
from rnnkit.workflows.engines import outputs_of
from rnnkit.workflows.resumed import Resumed
from rnnkit.workflows.start_checkpoint import is_start_checkpoint, restore_start

if TYPE_CHECKING:
    import keras

    from rnnkit.training.checkpoint import Checkpoint
    from rnnkit.training.fit import Fit

Callbacks = Sequence["keras.callbacks.Callback"]
GRADIENTS = "gradients.csv"
"""The file of `train.diagnose` in a run folder."""


@dataclass(frozen=True)
class Job:
    """A prepared training.

    Args:
        run: The run folder.
        task: The checked config.
        data: The encoded data.
        network: The description of the model.
        initial: Initial weights that are not random; None if a checkpoint has all weights.
    """

    run: RunFolder
    task: Task
    data: Prepared
    network: Network[Codec, Part]
    initial: dict[str, np.ndarray] | None


def build(job: Job) -> keras.Model:
    """Builds the keras model with seeded random weights."""
    from rnnkit.models.build import build_model, build_stream, get_weights, set_weights

    architecture = job.network.architecture.for_training(job.task.train.kernel)
    build_form = build_stream if architecture.carries_state else build_model
    with backend.BUILDING, backend.computing_in(job.task.train.precision):
        backend.seed(job.task.train.random_seed)
        model: keras.Model = build_form(architecture)
    if job.initial:
        set_weights(model, architecture, get_weights(model, architecture) | job.initial)
    log.info(counted(model.count_params(), "parameter"))
    for caution in job.task.cautions(job.data, model.count_params()):
        log.info(caution)
    return model


def make_fit(job: Job, model: keras.Model) -> Fit:
    """Creates the training loop, and logs keys of the config that it does not use."""
    from rnnkit.training.fit import Fit
    from rnnkit.training.idle import idle

    architecture, data = job.network.architecture, job.data
    if not job.run.uses_sample:  # a smoke run takes a few steps, whatever its config says
        for unused in idle(job.task.train, data.train.steps):
            log.info(str(unused))
    stopping = job.task.train.early_stopping
    has_ceiling = stopping is not None and stopping.at_ceiling
    shapes = [shape for layer in architecture.states().values() for shape in layer]
    states = [tuple(size or 0 for size in shape) for shape in shapes]
    return Fit(
        model,
        job.network.objective(),
        job.network.epoch_metrics,
        data.train,
        data.validation,
        job.task.train,
        job.run,
        identity=identity(job),
        record=record(job),
        states=states if architecture.carries_state else [],
        ceiling=job.task.ceiling(data.parts[data.watched]) if has_ceiling else None,
    )


def identity(job: Job) -> dict[str, str]:
    """What a training must have in common with the checkpoint that it resumes from."""
    data = job.data
    # the fingerprint covers the concatenated parts, not their sizes
    sizes = {name: len(data.parts[name]) for name in ("train", data.watched)}
    layers = repr(job.network.architecture.weight_shapes())
    return {
        "data": data.fingerprint,
        "architecture": layers,
        "division of the data": repr(sizes),
    }


def record(job: Job) -> dict[str, Any]:
    """The config and circumstances of a training, which its checkpoints hold."""
    config = dump_config(job.task)
    environment = with_device(circumstances(backend.current(), config))
    return {"config": config, "circumstances": environment, "devices": backend.share().parts}


def restore(job: Job, model: keras.Model, fit: Fit, resumed: Resumed) -> None:
    """Restores a checkpoint, or the start of the training, and logs where it continues."""
    checkpoint = resumed.checkpoint
    restore_checkpoint(job, model, fit, checkpoint)
    before, now = checkpoint.state.get("devices", 1), backend.share().parts
    if before != now:
        log.info(f"devices: {before} -> {now}, so numbers differ in their last digits from here on")
    resumed.keep_config()  # only now: a config that does not fit the checkpoint is not written
    if fit.progress.history:  # the file may be damaged, or ahead of the checkpoint
        job.run.save_history(fit.progress.history)
    if fit.is_complete:
        log.info(f"nothing left to train: {_why_complete(job, fit)}")
        return
    resumed.remark_rates(fit.course, fit.progress)
    if is_start_checkpoint(checkpoint):
        log.info("resuming from the start, as no later checkpoint was taken")
        return
    if not fit.course.left(fit.progress) and job.task.train.max_steps == fit.progress.step:
        log.info(
            f"train.max_steps: all {counted(fit.progress.step, 'step')} done; raise it for more"
        )
    log.info(f"resuming after step {fit.progress.step}, in epoch {fit.progress.epoch + 1}")


def restore_checkpoint(job: Job, model: keras.Model, fit: Fit, checkpoint: Checkpoint) -> None:
    """Restores a new model and its loop from a checkpoint.

    Raises:
        RnnkitError: If the checkpoint belongs to other data or to another model.
    """
    trained_on = checkpoint.state["identity"].get("data")
    if job.data.are_those_of(trained_on):
        fit.identity["data"] = trained_on
    if is_start_checkpoint(checkpoint):
        restore_start(model, job.network.architecture, fit, checkpoint)
    else:
        fit.restore(checkpoint)


def _why_complete(job: Job, fit: Fit) -> str:
    """Why nothing is left to train, and the key that would change that."""
    progress, options = fit.progress, job.task.train
    are = agreed(progress.epoch, "is", "are")
    done = f"{progress.epoch} of {counted(options.epochs, 'epoch')} {are} done"
    if fit.course.is_over(progress):
        return f"{done}; raise train.epochs{' or train.max_steps' if options.max_steps else ''}"
    waited = f"{progress.waited} without an improvement" if progress.waited else "the best there is"
    return f"{done}, {waited}: train.early_stopping ends it; change that"


@stage(EPOCHS)
def run_fit(job: Job, model: keras.Model, fit: Fit, callbacks: Callbacks) -> int | None:
    """Trains to the end; returns the signal that stopped it, None if none did."""
    from rnnkit.models.build import get_weights
    from rnnkit.training.callbacks import Bar, EpochLines, Samples
    from rnnkit.training.interrupt import StoppedError
    from rnnkit.training.notebook import LiveCurve, notebook_display
    from rnnkit.training.tensorboard import TensorBoard

    architecture = job.network.architecture

    def weights() -> dict[str, np.ndarray]:
        return get_weights(model, architecture)

    @stage("samples")
    def sample() -> str | None:
        """A sample of the current model, None if a signal interrupts it; by NumPy if possible,
        since keras is slow outside a compiled step.
        """
        # a diverging model overflows here, which the loss shows as well
        with contextlib.suppress(StoppedError), fit.request.leaving(), np.errstate(all="ignore"):
            outputs = outputs_of(architecture, weights())
            return job.task.sample(job.task.predictor(job.data.codec, outputs), job.data)
        return None

    samples = Samples(lambda: job.run.samples, sample)
    board = TensorBoard(job.run.tensorboard, weights, lambda: samples.latest)
    all_callbacks = [samples, board, *callbacks, *diagnosis(job, weights)]
    steps = fit.progress.step, fit.total_steps
    bar: LiveCurve | Bar
    if is_quiet():
        return fit.go([*all_callbacks, EpochLines()])
    if show := notebook_display():
        bar = LiveCurve(show, svg_curves, *steps)
    elif sys.stderr.isatty():
        bar = Bar(*steps)
    else:
        return fit.go([*all_callbacks, EpochLines()])
    with stderr_to(bar.print):
        return fit.go([*all_callbacks, bar, EpochLines()])


def diagnosis(job: Job, weights: Callable[[], dict[str, np.ndarray]]) -> list[Any]:
    """The callbacks of `train.diagnose`; empty if it is off.

    Args:
        job: The training.
        weights: Returns the current weights, by "layer/weight".
    """
    if not job.task.train.diagnose:
        return []
    from rnnkit.training.diagnosis import Diagnosis
    from rnnkit.workflows.inspect.gradient_flow import flows
    from rnnkit.workflows.inspect.gradients import csv_rows, cures

    @stage("gradients")
    def measure() -> tuple[list[list[object]], list[str]]:
        with np.errstate(all="ignore"):
            flow = flows(job.network, weights(), job.data)
        return csv_rows(flow), cures(flow)

    return [Diagnosis(lambda: job.run.path / GRADIENTS, measure)]


def require_converged(job: Job, fit: Fit) -> None:
    """Refuses a training that ended far worse than it began.

    Raises:
        DivergedError: If it did.
    """
    from rnnkit.training.divergence import divergence

    worst = job.network.worst_loss(fit.progress.first_loss)
    with at(str(job.run)):
        if error := divergence(fit.progress, worst):
            raise error
