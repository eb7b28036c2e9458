"""Training from config to scores: read, prepare, build, fit, save, evaluate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from signal import Signals
from typing import TYPE_CHECKING, Any

from rnnkit import backend
from rnnkit.config import dump_config
from rnnkit.config.overrides import Override
from rnnkit.errors import RnnkitError
from rnnkit.names import find_config, find_run
from rnnkit.platform.names import portable
from rnnkit.progress import collected_log, log, logged_to_file, tell
from rnnkit.resume_command import resume_command
from rnnkit.run import RunFolder
from rnnkit.signals import mentioned_if_stopped
from rnnkit.stage_times import log_stages, measured_stages, stage
from rnnkit.tasks.evaluation import Evaluation
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task, load_task, task_of
from rnnkit.training.options import Train
from rnnkit.training.progress import DivergedError
from rnnkit.workflows.buckets import resolve_num_buckets
from rnnkit.workflows.circumstances import circumstances, differences, with_device
from rnnkit.workflows.inspect.speed import require_kernels
from rnnkit.workflows.job import (
    Callbacks,
    Job,
    build,
    identity,
    make_fit,
    record,
    require_converged,
    restore,
    run_fit,
)
from rnnkit.workflows.new_run import mention_unfinished, run_name
from rnnkit.workflows.pictures import drawing
from rnnkit.workflows.preparation import begin, first_rank_first, prepare
from rnnkit.workflows.remarks import remark_on_unused
from rnnkit.workflows.report import score_training
from rnnkit.workflows.resumed import Resumed
from rnnkit.workflows.saving import save, save_after_divergence
from rnnkit.workflows.start_checkpoint import save_start_checkpoint
from rnnkit.workflows.tracking import require_trackers, send_scores, tracked
from rnnkit.workflows.training_lock import training_lock

if TYPE_CHECKING:
    import keras

    from rnnkit.training.fit import Fit

SMOKE = ("train.epochs=1", "train.max_steps=3")


@dataclass(frozen=True)
class Training:
    """The result of a training.

    Args:
        run: The run folder.
        best: A sentence about the saved weights.
        evaluations: Scores compared with baselines; empty if a signal stopped the training.
        signal: The signal that stopped it; None if it ran to the end.
        next_command: The command to suggest next.
    """

    run: RunFolder
    best: str
    evaluations: list[Evaluation]
    signal: int | None
    next_command: str


@training_lock()
@measured_stages()
def train(
    config: str | Mapping[str, Any] | Task,
    overrides: Sequence[Override] = (),
    *,
    smoke: bool = False,
    init_from: str | None = None,
    device: str = "auto",
    backend_name: str | None = None,
    callbacks: Callbacks = (),
) -> Training:
    """Trains the model that a config describes, in a new run folder.

    Args:
        config: A path, the name of a shipped config, or the config itself as a mapping or as a
            checked task.
        overrides: Assignments such as "train.epochs=3", or {"train.epochs": 3}; they are ignored
            for a checked task.
        smoke: Whether to train a few steps on a small built-in sample.
        init_from: A run whose vocabulary, labels and weights the training starts from.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.
        callbacks: Further keras callbacks.

    Raises:
        RnnkitError: If an argument is wrong.
    """
    tree = find_config(config) if isinstance(config, str) else config
    assignments = [*overrides, *(SMOKE if smoke else ())]
    task = tree if isinstance(tree, Task) else load_task(tree, assignments)
    backend.available(backend_name)
    require_trackers(task)
    begin(backend_name, device)
    with collected_log() as log_so_far:
        remark_on_unused(task)
        task, data, network, initial = prepare(
            task, smoke=smoke, init_from=init_from, backend_name=backend_name, device=device
        )
    with stage("framework"):
        backend.select(backend_name, device)
    task, data = resolve_num_buckets(task, data)
    require_kernels(network.architecture.for_training(task.train.kernel))

    def fill(run: RunFolder) -> None:
        data.codec.save(run)
        if task.dataset is not None:
            task.dataset.keep_in(run.path)
        job = Job(run, task, data, network, initial)
        save_start_checkpoint(run, initial, {"identity": identity(job), **record(job)})

    name = run_name(tree, task)
    run = RunFolder.create(name, dump_config(task), sample=smoke, fill=fill)
    mention_unfinished(run.path.with_name(portable(name)), run)
    with run.lock(), logged_to_file(lambda: run.log, log_so_far), closing(data.computed):
        return _train(Job(run, task, data, network, initial), callbacks)


@training_lock()
@measured_stages()
def resume(
    name: str,
    overrides: Sequence[str] = (),
    *,
    device: str = "auto",
    backend_name: str | None = None,
    callbacks: Callbacks = (),
    allow_changes: bool = False,
) -> Training:
    """Continues a run from the step of its newest checkpoint.

    Args:
        name: A run's folder or name.
        overrides: Assignments such as "train.epochs=20"; they are saved in the run's config.
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the run's own.
        callbacks: Further keras callbacks.
        allow_changes: Whether an edited config.yaml, other versions, another backend or another
            device are accepted.

    Raises:
        RnnkitError: If the run has no checkpoint, or if its data or another fixed property has
            changed.
    """
    from rnnkit.training.checkpoint import load_checkpoint, no_checkpoint

    run = find_run(name)
    _require_keys(overrides)
    if not any(run.checkpoints.glob("step-*")):
        raise no_checkpoint(run.checkpoints)
    task = task_of(run, overrides)
    with run.lock():
        with collected_log() as log_so_far:
            checkpoint = load_checkpoint(run.checkpoints)
            resumed = Resumed(run, checkpoint, task, overrides, allow_changes)
            backend_name = backend_name or resumed.circumstances["backend"]
            backend.available(backend_name)
            require_trackers(task)
            resumed.require_allowed(circumstances(backend_name, dump_config(task)))
            begin(backend_name, device)
            remark_on_unused(task)
            codec = task.load_codec(run)
            with stage("data"), first_rank_first():
                data = task.prepare(Source(sample=run.uses_sample), codec)
            with stage("framework"):
                backend.select(backend_name, device)
            resumed.require_permission(differences(resumed.circumstances, with_device({})))
        with logged_to_file(lambda: run.log, log_so_far), closing(data.computed):
            job = Job(run, task, data, task.network(codec), None)
            return _train(job, callbacks, resumed)


def _require_keys(overrides: Sequence[str]) -> None:
    """Checks that no override names a key of `train:` without its section.

    Raises:
        RnnkitError: If one does.
    """
    for override in overrides:
        path = override.partition("=")[0]
        if path in Train.model_fields:
            got, expected = "cannot be changed in a resumed run", "Expected SECTION.KEY=VALUE"
            hint = f"Did you mean {f'train.{override}'!r}?"
            raise RnnkitError(f"command line: {override}", got, expected, hint)


def _train(job: Job, callbacks: Callbacks, resumed: Resumed | None = None) -> Training:
    """Trains or resumes a job: builds the model, fits it and returns its scores."""
    run, task = job.run, job.task
    with mentioned_if_stopped(lambda: f"{run}: stopped; continue with `{resume_command(run)}`"):
        log.info(f"{task.kind()} in {run}")
        if run.uses_sample:
            log.info("a smoke run: a few steps on the small built-in sample, not on the data set")
        tell(job.data.notes)
        with stage("baselines"):
            job.data.computed.start(task.baselines(job.data))
        with stage("model"):
            model = build(job)
            fit = make_fit(job, model)
            if resumed:
                restore(job, model, fit, resumed)
        with tracked(job, fit, model.count_params()) as tracking:
            training = _fit_and_score(
                job, model, fit, [*([tracking] if tracking else []), *callbacks]
            )
            if training.signal is None:
                send_scores(tracking, training.evaluations)
        return training


def _fit_and_score(job: Job, model: keras.Model, fit: Fit, callbacks: Callbacks) -> Training:
    """Runs the epochs, saves the best weights and scores them."""
    run, task = job.run, job.task
    try:
        signal = run_fit(job, model, fit, callbacks)
    except DivergedError as error:
        save_after_divergence(job, model, fit, error)
        raise
    with drawing(run, early=task.lists_errors and not signal) as pictures:
        with stage("export"):
            saved = save(job, model, fit)
        if signal:
            name, step = Signals(signal).name, fit.progress.step
            stopped = f"stopped by {name} after step {step} of {fit.total_steps}; {saved}"
            return Training(run, stopped, [], signal, resume_command(run))
        require_converged(job, fit)
        with stage("evaluation"):
            evaluations = score_training(run, job.data, pictures)
            pictures.save()
    log_stages()
    return Training(run, saved, evaluations, None, task.next_command(run, job.data))
