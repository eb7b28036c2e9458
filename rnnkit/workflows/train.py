"""The story of a training: config, data, model, fit, save, score."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import TYPE_CHECKING

import numpy as np

from rnnkit import backend
from rnnkit.config import dump_config
from rnnkit.errors import RnnkitError
from rnnkit.names import CONFIG, find_config, find_run
from rnnkit.progress import kept_in, log, written_by
from rnnkit.run import RunFolder
from rnnkit.storage import read_json, write_text
from rnnkit.tasks.evaluation import Evaluation
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Codec, Part, Prepared, Source
from rnnkit.tasks.task import Task, load_task, task_of
from rnnkit.workflows.evaluate import evaluate_parts, keep_scores
from rnnkit.workflows.keras_export import export_keras
from rnnkit.workflows.start import start_from, weights_from
from rnnkit.workflows.trained import load_trained, outputs_of

if TYPE_CHECKING:
    import keras

    from rnnkit.training.fit import Fit

ENDS_ONLY = ("epochs", "max_steps", "early_stopping", "checkpoint")  # when to stop, not how
SMOKE = ("train.epochs=1", "train.max_steps=3")

Callbacks = Sequence["keras.callbacks.Callback"]


@dataclass(frozen=True)
class Training:
    """What came of a training.

    Args:
        run: Its folder.
        best: Which weights were kept, in words.
        evaluations: Scores beside baselines; empty where a signal stopped it.
        signal: The signal that stopped it, if one did.
        next_command: What to type next.
    """

    run: RunFolder
    best: str
    evaluations: list[Evaluation]
    signal: int | None
    next_command: str


@dataclass(frozen=True)
class Job:
    """A training, prepared: what is trained on what, and where it goes.

    Args:
        run: Its folder.
        task: Its checked config.
        data: Its data, encoded.
        network: Its model, as a description.
        initial: Weights that do not start at random; None where a checkpoint has them all.
    """

    run: RunFolder
    task: Task
    data: Prepared
    network: Network[Codec, Part]
    initial: dict[str, np.ndarray] | None


def train(
    name: str,
    overrides: Sequence[str] = (),
    *,
    smoke: bool = False,
    init_from: str | None = None,
    device: str = "auto",
    backend_name: str | None = None,
    callbacks: Callbacks = (),
) -> Training:
    """Trains what a config describes, in a new run folder.

    Args:
        name: A config's path, or the name of a shipped one.
        overrides: Assignments such as "train.epochs=3".
        smoke: A few steps on a small built-in sample.
        init_from: A run whose vocabulary and weights the training starts from.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.
        callbacks: Further keras callbacks.

    Raises:
        RnnkitError: If something that was named is wrong.
    """
    path = find_config(name)
    task = load_task(path, [*overrides, *(SMOKE if smoke else ())])
    backend.available(backend_name)
    start = start_from(init_from, task) if init_from else None
    data = task.prepare(Source(sample=smoke), start.codec if start else None)
    network = task.network(data.codec)
    if start:
        initial = weights_from(start, task, network.architecture)
    else:
        initial = network.initial_weights(data)
    backend.select(backend_name, device)
    run = RunFolder.create(_run_name(path), dump_config(task), sample=smoke)
    with run.lock(), kept_in(run.log):
        data.codec.save(run)
        return _train(Job(run, task, data, network, initial), callbacks)


def _run_name(path: Path) -> str:
    return path.parent.name if path.name == CONFIG else path.stem


def resume(
    name: str,
    overrides: Sequence[str] = (),
    *,
    device: str = "auto",
    backend_name: str | None = None,
    callbacks: Callbacks = (),
) -> Training:
    """Continues a run from its newest checkpoint, at the very step.

    Args:
        name: A run's folder, or its name.
        overrides: Assignments to `train`, such as "train.epochs=20"; they are kept in the run's
            config.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the run's own.
        callbacks: Further keras callbacks.

    Raises:
        RnnkitError: If the run has no checkpoint, or if its data changed.
    """
    run = find_run(name)
    for override in overrides:
        if not override.startswith("train."):
            got, expected = "cannot be changed in a resumed run", "Expected train.KEY=VALUE"
            raise RnnkitError(f"command line: {override}", got, expected, "Train anew")
    if not any(run.checkpoints.glob("step-*")):
        expected = "Expected one to resume from"
        raise RnnkitError(str(run.checkpoints), "no checkpoint", expected, "Train anew")
    backend_name = backend_name or read_json(run.environment, "backend")["backend"]
    backend.available(backend_name)
    task = task_of(run, overrides)
    codec = task.load_codec(run)
    data = task.prepare(Source(sample=run.uses_sample), codec)
    for override in overrides:
        if override.partition("=")[0].split(".")[1] not in ENDS_ONLY:
            log.info(f"{override}: holds from here on, unlike in a run that had it from the start")
    backend.select(backend_name, device)
    with run.lock(), kept_in(run.log):
        return _train(Job(run, task, data, task.network(codec), None), callbacks)


def _train(job: Job, callbacks: Callbacks) -> Training:
    """From the model on."""
    run, task = job.run, job.task
    log.info(f"{task.kind()} in {run}")
    if run.uses_sample:
        log.info("a smoke run: a few steps on the small built-in sample, not on the data set")
    for line in job.data.notes:
        log.info(line)
    model = _build(job)
    fit = _fit(job, model)
    if job.initial is None:
        _restore(job, fit)
    signal = _go(job, model, fit, callbacks)
    kept = _save(job, model, fit)
    if signal:
        name, step = Signals(signal).name, fit.progress.step
        stopped = f"stopped by {name} after step {step} of {fit.total_steps}; {kept}"
        again = f"rnnkit train {shlex.quote(str(run))} --resume"
        return Training(run, stopped, [], signal, again)
    trained = load_trained(run)
    job.data.codec = task.calibrate(trained.predictor, job.data)
    job.data.codec.save(run)
    predictor = task.predictor(job.data.codec, trained.predictor.outputs)
    evaluations = evaluate_parts(task.evaluator(predictor, job.data), job.data)
    keep_scores(run, evaluations)
    return Training(run, kept, evaluations, None, task.next_command(run, job.data))


def _build(job: Job) -> keras.Model:
    from rnnkit.models.build import build_model, build_stream, get_weights, set_weights

    architecture = job.network.architecture
    backend.seed(job.task.train.random_seed)
    model: keras.Model = (build_stream if architecture.carries_state else build_model)(architecture)
    if job.initial:
        set_weights(model, architecture, get_weights(model, architecture) | job.initial)
    log.info(f"{model.count_params():,} parameters")
    for line in job.task.cautions(job.data, model.count_params()):
        log.info(line)
    return model


def _fit(job: Job, model: keras.Model) -> Fit:
    from rnnkit.training.fit import Fit

    architecture, data = job.network.architecture, job.data
    shapes = [shape for layer in architecture.states().values() for shape in layer]
    states = [tuple(size or 0 for size in shape) for shape in shapes]
    layers = repr(architecture.weight_shapes())
    return Fit(
        model,
        job.network.objective(),
        job.network.epoch_metrics,
        data.train,
        data.validation,
        job.task.train,
        job.run,
        identity={"data": data.fingerprint, "architecture": layers},
        states=states if architecture.carries_state else [],
    )


def _restore(job: Job, fit: Fit) -> None:
    from rnnkit.training.checkpoint import load_checkpoint

    fit.restore(load_checkpoint(job.run.checkpoints))
    if fit.is_complete:
        log.info(
            f"nothing left to train: {fit.progress.epoch} of {job.task.train.epochs} epochs are"
            " done; raise train.epochs (or train.max_steps, or train.early_stopping.patience)"
        )
        return
    # Only now: a config that does not fit the checkpoint must not stay.
    write_text(job.run.config, dump_config(job.task))
    log.info(f"resuming after step {fit.progress.step}, in epoch {fit.progress.epoch + 1}")


def _go(job: Job, model: keras.Model, fit: Fit, callbacks: Callbacks) -> int | None:
    """Trains; the signal that stopped it, if one did."""
    from rnnkit.models.build import get_weights
    from rnnkit.training.callbacks import Bar, EpochLines, Samples
    from rnnkit.training.tensorboard import TensorBoard

    architecture = job.network.architecture

    def weights() -> dict[str, np.ndarray]:
        return get_weights(model, architecture)

    def sample() -> str:
        """What the model says at present; by NumPy where it can, because keras outside a compiled
        step is slow.
        """
        outputs = outputs_of(architecture, weights())
        with np.errstate(all="ignore"):  # the loss says that a model diverges
            return job.task.sample(job.task.predictor(job.data.codec, outputs), job.data)

    samples = Samples(job.run.samples, sample)
    board = TensorBoard(job.run.tensorboard, weights, lambda: samples.latest)
    shown = [samples, board, *callbacks]
    if not sys.stderr.isatty():
        return fit.go([*shown, EpochLines()])
    bar = Bar(fit.progress.step, fit.total_steps)
    with written_by(bar.print):
        return fit.go([*shown, bar, EpochLines()])


def _save(job: Job, model: keras.Model, fit: Fit) -> str:
    """Keeps the best weights and exports them; which they are, in words."""
    from rnnkit.models.build import get_weights

    fit.load_best_weights()
    architecture, progress = job.network.architecture, fit.progress
    weights = get_weights(model, architecture)
    value = fit.monitor.best_score(progress)
    best = {"epoch": progress.best_epoch, "monitor": fit.monitor.column, "value": value}
    facts = {"best": best, "steps": progress.step, "data": job.data.fingerprint}
    job.run.save_weights(weights, {"task": job.task.kind(), **facts})
    export_keras(architecture, weights, job.run)
    if value is None:
        return "no whole epoch: the last weights are kept"
    score = f"{fit.monitor.column} {value:.4f}"
    return f"best weights: epoch {progress.best_epoch} of {progress.epoch}, {score}"
