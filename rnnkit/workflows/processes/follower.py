"""The training of a process other than the first, which writes no files."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

from rnnkit import backend
from rnnkit.config import dump_config
from rnnkit.environment import describe_environment
from rnnkit.names import find_run
from rnnkit.run import RunFolder
from rnnkit.storage import write_json, write_text
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import Task
from rnnkit.workflows.buckets import resolve_num_buckets
from rnnkit.workflows.inspect.speed import require_kernels
from rnnkit.workflows.job import Job, build, make_fit, restore_checkpoint
from rnnkit.workflows.preparation import first_rank_first, prepare
from rnnkit.workflows.processes.training_call import TrainingCall
from rnnkit.workflows.training_lock import training_lock


@training_lock()
def follow(call: TrainingCall, task: Task) -> int | None:
    """Trains with the other processes until the end or a signal.

    Args:
        call: The arguments of the training.
        task: The checked config.

    Returns:
        The signal that stopped the training; None if none did.

    Raises:
        RnnkitError: As in the first process.
    """
    with tempfile.TemporaryDirectory(prefix="rnnkit-") as folder:
        scratch = RunFolder(Path(folder))
        write_text(scratch.config, dump_config(task))
        write_json(scratch.environment, {**describe_environment(), "sample": call.smoke})
        return _resumed(call, task, scratch) if call.resume else _new(call, task, scratch)


def _new(call: TrainingCall, task: Task, scratch: RunFolder) -> int | None:
    task, data, network, initial = prepare(
        task,
        smoke=call.smoke,
        init_from=call.init_from,
        backend_name=call.backend_name,
        device=call.device,
    )
    backend.select(call.backend_name, call.device)
    task, data = resolve_num_buckets(task, data)
    require_kernels(network.architecture.for_training(task.train.kernel))
    job = Job(scratch, task, data, network, initial)
    with closing(data.computed):
        return make_fit(job, build(job)).go()


def _resumed(call: TrainingCall, task: Task, scratch: RunFolder) -> int | None:
    from rnnkit.training.checkpoint import load_checkpoint

    run = find_run(call.config)
    codec = task.load_codec(run)
    with first_rank_first():  # the first process sets damaged checkpoints aside
        checkpoint = load_checkpoint(run.checkpoints)
        data = task.prepare(Source(sample=run.uses_sample), codec)
    backend.select(call.backend_name, call.device)
    job = Job(scratch, task, data, task.network(codec), None)
    with closing(data.computed):
        model = build(job)
        fit = make_fit(job, model)
        restore_checkpoint(job, model, fit, checkpoint)
        return fit.go()
