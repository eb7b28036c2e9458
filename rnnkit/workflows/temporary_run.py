"""Training in a temporary run folder: it keeps weights and codec, without scores and pictures."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from rnnkit import backend
from rnnkit.config import dump_config
from rnnkit.config.overrides import Override
from rnnkit.environment import describe_environment
from rnnkit.progress import log, to_stderr
from rnnkit.run import RunFolder
from rnnkit.storage import write_json, write_text
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.workflows.batch_size import resolve_batch_size
from rnnkit.workflows.buckets import resolve_num_buckets
from rnnkit.workflows.inspect.speed import require_kernels
from rnnkit.workflows.job import Job, build, diagnosis, make_fit
from rnnkit.workflows.memory import require_memory
from rnnkit.workflows.preparation import begin
from rnnkit.workflows.remarks import remark_on_unused
from rnnkit.workflows.trained import Trained, load_trained
from rnnkit.workflows.training_lock import training_lock

Files = dict[str, bytes]
"""The files of a run folder that inference needs: contents by name."""


@training_lock()
def train_to_files(
    config: Mapping[str, Any], overrides: Sequence[Override], *, device: str, verbose: bool
) -> Files:
    """Trains a config, and returns the files that inference needs.

    Args:
        config: The config.
        overrides: Assignments such as "train.epochs=3".
        device: auto, cpu or gpu.
        verbose: Whether progress is shown on stderr.

    Raises:
        RnnkitError: If the config is wrong.
        KeyboardInterrupt: If a signal stopped the training.
    """
    task = load_task(config, overrides, environment=False)
    with _logged(verbose), tempfile.TemporaryDirectory(prefix="rnnkit-") as folder:
        remark_on_unused(task)
        begin(backend.available(), device)
        task, data = resolve_batch_size(
            task, lambda candidate: candidate.prepare(Source()), None, device
        )
        network = task.network(data.codec)
        initial = network.initial_weights(data)
        require_memory(network, data, task.train)
        backend.select(None, device)
        task, data = resolve_num_buckets(task, data)
        require_kernels(network.architecture.for_training(task.train.kernel))
        run = RunFolder(Path(folder))
        write_text(run.config, dump_config(task))
        write_json(run.environment, {**describe_environment(), "sample": False})
        with run.lock(), closing(data.computed):
            data.codec.save(run)
            _fit(Job(run, task, data, network, initial))
        return {
            name: (run.path / name).read_bytes()
            for name in sorted(file.name for file in run.path.iterdir() if file.is_file())
            if not name.startswith(".") and name not in (run.history.name, run.log.name)
        }


def _fit(job: Job) -> None:
    from rnnkit.models.build import get_weights
    from rnnkit.training.callbacks import EpochLines
    from rnnkit.training.divergence import divergence

    model = build(job)
    loop = make_fit(job, model)
    diagnosis_callbacks = diagnosis(job, lambda: get_weights(model, job.network.architecture))
    if loop.go([*diagnosis_callbacks, EpochLines()]):
        raise KeyboardInterrupt
    loop.load_best_weights()
    worst = job.network.worst_loss(loop.progress.first_loss)
    if error := divergence(loop.progress, worst):
        log.warning(str(error))
    weights = get_weights(model, job.network.architecture)
    facts = {"best": {"epoch": loop.progress.best_epoch}, "steps": loop.progress.step}
    job.run.save_weights(weights, {"task": job.task.kind(), **facts, "data": job.data.fingerprint})
    trained = load_trained(job.run)
    job.task.calibrate(trained.predictor, job.data).save(job.run)


def open_files(files: Files) -> Trained:
    """Loads the run that consists of these files, for inference."""
    with tempfile.TemporaryDirectory(prefix="rnnkit-") as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        return load_trained(RunFolder(Path(folder)))


@contextmanager
def _logged(verbose: bool) -> Iterator[None]:
    """Shows remarks and progress on stderr if verbose; otherwise logs only warnings."""
    level = log.level
    if verbose:
        to_stderr()
    else:
        log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        if not verbose:
            log.setLevel(level)
