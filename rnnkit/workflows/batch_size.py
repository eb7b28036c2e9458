"""`train.batch_size: auto`: as many rows in a step as fit into memory."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property

from rnnkit import backend
from rnnkit.errors import RnnkitError
from rnnkit.platform.memory import machine_memory
from rnnkit.progress import log, quiet_stderr
from rnnkit.quantities import byte_size, counted
from rnnkit.ranks.group import group
from rnnkit.ranks.share import Share
from rnnkit.tasks.network import Network
from rnnkit.tasks.prepared import Prepared
from rnnkit.tasks.task import Task
from rnnkit.training.batches import Batch, Batches, divide, share_of
from rnnkit.training.options import AUTO, USUAL_ROWS
from rnnkit.training.progress import DivergedError
from rnnkit.workflows.memory import training_memory
from rnnkit.workflows.trial import EnoughError, run, trial

MEMORY_MARGIN = 1.3
"""The measured memory of trainings was at most this multiple of the estimate of
`workflows/memory.py`.
"""

FIRST_TRIAL_ROWS = 64
SAMPLED_BATCHES = 8
TRIAL_STEPS = 2
"""The second step runs with the optimizer's state, and with the memory that the first left."""


def resolve_batch_size(
    task: Task, prepare: Callable[[Task], Prepared], backend_name: str | None, device: str
) -> tuple[Task, Prepared]:
    """The task with `train.batch_size` resolved, and its prepared data: `auto` becomes the largest
    power of two that fits into memory and is not larger than the training set.

    Args:
        task: A checked config.
        prepare: Prepares the data of a task.
        backend_name: tensorflow or jax; None for the environment's.
        device: auto, cpu or gpu.

    Raises:
        RnnkitError: If the system does not say how much memory is free, or there are several
            processes.
    """
    if task.train.batch_size != AUTO:
        return task, prepare(task)
    if group().number > 1:
        raise RnnkitError(
            "train.batch_size",
            "auto, with several processes: each would measure its own memory",
            "Expected a number",
        )
    single = prepare(with_batch_size(task, 1))
    rows = single.train.steps  # batches of one row
    largest = 1 << (rows.bit_length() - 1)
    backend.select(backend_name, device)  # so that its own memory counts as used
    network = task.network(single.codec)
    search = _by_trial if backend.gpus() else _by_estimate
    chosen, reason = search(task, single, network, largest)
    if chosen == largest:
        reason = f"the largest power of two within the {counted(rows, 'row')} of the training set"
    log.info(f"train.batch_size: auto takes {chosen:,}, {reason}")
    if chosen > USUAL_ROWS:
        log.warning(
            f"a larger batch trains differently: about {counted(-(-rows // chosen), 'step')} in an"
            f" epoch, not {-(-rows // USUAL_ROWS):,} as with {USUAL_ROWS} rows; choose"
            " train.learning_rate (--learning-rate-test) and train.epochs for it"
        )
    task = with_batch_size(task, chosen)
    return task, prepare(task)


def with_batch_size(task: Task, rows: int) -> Task:
    """A copy of the task with another `train.batch_size`."""
    train = task.train.model_copy(update={"batch_size": rows})
    return task.model_copy(update={"train": train})


def _by_estimate(task: Task, data: Prepared, network: Network, largest: int) -> tuple[int, str]:
    """The largest batch size whose estimated memory is free now, and the reason as text."""
    machine = machine_memory()
    if machine is None:
        raise RnnkitError(
            "train.batch_size",
            "auto, but this system does not say how much memory is free",
            "Expected a number",
        )

    def needed(rows: int) -> float:
        resized = replace(data, batch_size=rows)
        return MEMORY_MARGIN * training_memory(network, resized, task.train).total

    rows = 1
    while 2 * rows <= largest and needed(2 * rows) <= machine.available:
        rows *= 2
    free = byte_size(machine.available)
    return rows, f"the largest power of two that fits into the {free} that are free: at most" + (
        f" {byte_size(needed(rows))} by the list of layers and the widest batch"
    )


def _by_trial(task: Task, data: Prepared, network: Network, largest: int) -> tuple[int, str]:
    """The largest batch size whose widest batch could be trained on, and the reason as text."""
    rows = min(largest, FIRST_TRIAL_ROWS)
    if _fits(task, data, network, rows):
        while 2 * rows <= largest and _fits(task, data, network, 2 * rows):
            rows *= 2
    else:
        while rows > 1 and not _fits(task, data, network, rows // 2):
            rows //= 2
        rows = max(1, rows // 2)
    return rows, "the largest power of two whose widest batch could be trained on"


def _fits(task: Task, data: Prepared, network: Network, rows: int) -> bool:
    """Whether a few training steps with this batch size run without exhausting memory."""
    import keras

    def stop(batch: int, logs: object = None) -> None:
        if batch + 1 >= TRIAL_STEPS:
            raise EnoughError

    resized = replace(data, batch_size=rows)
    resized.train = _WidestBatch(resized.train, task.train.random_seed)
    resized.validation = None
    changes = {"batch_size": rows, "epochs": 1, "max_steps": None, "early_stopping": None}
    short = task.model_copy(update={"train": task.train.model_copy(update=changes)})
    try:
        with quiet_stderr(True), trial(short, resized, network) as fit:
            run(fit, keras.callbacks.LambdaCallback(on_train_batch_end=stop))
    except DivergedError:
        return True
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        return False
    finally:
        gc.collect()  # frees the arrays of the trial
    return True


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of a framework, or of NumPy, says that memory is exhausted."""
    message = f"{type(error).__name__}: {error}"
    return isinstance(error, MemoryError) or any(
        words in message for words in ("ResourceExhausted", "RESOURCE_EXHAUSTED", "Out of memory")
    )


class _WidestBatch:
    """Batches that repeat the widest one of a sample of the first epoch."""

    def __init__(self, batches: Batches, random_seed: int):
        self.batch_size, self.steps = batches.batch_size, TRIAL_STEPS
        self.widest = batches.widest
        self._batches, self._random_seed = batches, random_seed

    @property
    def share(self) -> Share:
        return share_of(self._batches)

    @share.setter
    def share(self, share: Share) -> None:
        divide(self._batches, None, share)

    @cached_property
    def _batch(self) -> Batch:
        stride = max(1, self._batches.steps // SAMPLED_BATCHES)
        steps = range(0, self._batches.steps, stride)
        sampled = (self._batches.shuffled(self._random_seed, 0, step) for step in steps)
        return max(sampled, key=_input_size)

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        return self._batch

    def in_order(self) -> Iterator[Batch]:
        yield self._batch


def _input_size(batch: Batch) -> int:
    """The number of input values of a batch, padding included."""
    inputs = batch[0] if isinstance(batch[0], tuple) else (batch[0],)
    return sum(array.size for array in inputs)
