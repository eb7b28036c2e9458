"""Predicts the shapes, the memory and the epoch time of a training from a few real steps."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import mean
from typing import TYPE_CHECKING, Any

from rnnkit import backend
from rnnkit.architecture import Layer, Shape
from rnnkit.config.overrides import Override
from rnnkit.names import find_config
from rnnkit.platform.memory import peak_memory, resident_memory
from rnnkit.progress import tell
from rnnkit.ranks.share import Share
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from rnnkit.training.batches import Batch, Batches, divide, share_of
from rnnkit.workflows.batch_size import resolve_batch_size
from rnnkit.workflows.buckets import describe_widths, resolve_num_buckets
from rnnkit.workflows.lazy import lazy_gain
from rnnkit.workflows.memory import AFTER_STEPS, TrainingMemory, require_memory
from rnnkit.workflows.remarks import remark_on_unused
from rnnkit.workflows.training_lock import training_lock
from rnnkit.workflows.trial import EnoughError, run, trial

if TYPE_CHECKING:
    from rnnkit.training.fit import Fit

WARM_UP = 3
"""Steps that are not measured, since functions are compiled and caches filled."""
ENOUGH_STEPS, ENOUGH_SECONDS = 40, 5.0


@dataclass(frozen=True)
class DryRun:
    """The predictions of a dry run.

    Args:
        inputs: The shape of a row of the data.
        layers: The resolved list of layers.
        steps_per_epoch: The number of steps of an epoch.
        epochs: The number of epochs of the config; early stopping may end them sooner.
        batch_size: The number of rows of a step.
        memory: The estimate made before anything was allocated.
        before: The bytes of the process at that time, with data and framework; None if the system
            does not report them.
        peak: The largest number of bytes of the process, with data and framework; None if the
            system does not report it.
        first_step: The seconds of the first step, with compilation.
        seconds_per_epoch: The seconds of an epoch without validation, from the measured steps.
        measured: The number of measured steps.
        widths: The widths of the batches and their padding, in words; None if all have one width.
        compiling: The additional seconds of the first step of a further width; None if no measured
            step had one.
    """

    inputs: Shape
    layers: list[Layer]
    steps_per_epoch: int
    epochs: int
    batch_size: int
    memory: TrainingMemory
    before: int | None
    peak: int | None
    first_step: float
    seconds_per_epoch: float
    measured: int
    widths: str | None
    compiling: float | None

    @property
    def expected_peak(self) -> int | None:
        """The bytes that the process will probably need for the whole training; None if the system
        does not report its memory.
        """
        return None if self.before is None else self.before + self.memory.total + AFTER_STEPS


@dataclass
class _Stopwatch:
    """Batches that record the shapes of their steps, and the times at which steps end."""

    batches: Batches
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.batch_size = self.batches.batch_size
        self.ends.append(time.perf_counter())

    @property
    def share(self) -> Share:
        return share_of(self.batches)

    @share.setter
    def share(self, share: Share) -> None:
        divide(self.batches, None, share)

    @property
    def steps(self) -> int:
        return self.batches.steps

    @property
    def widest(self) -> tuple[int, ...]:
        return self.batches.widest

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        batch = self.batches.shuffled(random_seed, epoch, step)
        inputs = batch[0] if isinstance(batch[0], tuple) else (batch[0],)
        self.shapes.append(tuple(length for array in inputs for length in array.shape))
        return batch

    def in_order(self) -> Any:
        return self.batches.in_order()

    def step_done(self, batch: int, logs: Any = None) -> None:
        """Records the end of a step; the callback of the training.

        Raises:
            EnoughError: If enough steps are measured.
        """
        self.ends.append(time.perf_counter())
        done = len(self.ends) - 1
        seconds = self.ends[-1] - self.ends[min(WARM_UP, done)]
        if done >= 2 * WARM_UP and (done >= ENOUGH_STEPS or seconds > ENOUGH_SECONDS):
            raise EnoughError

    def seconds(self) -> list[float]:
        """The durations of the measured steps, after the warm-up and without the first step of each
        shape, which is compiled.
        """
        durations = self._durations()
        steps = enumerate(zip(durations, self._is_first_of_shape(), strict=False))
        measured = [
            seconds for number, (seconds, is_first) in steps if number >= WARM_UP and not is_first
        ]
        return measured or durations[WARM_UP:] or durations[-1:]

    def compiling(self) -> float | None:
        """The mean additional seconds of the first step of a further shape; None if there was no
        such step.
        """
        steps = zip(self._durations(), self._is_first_of_shape(), strict=False)
        first = [seconds for seconds, is_first in steps if is_first]
        return max(0.0, mean(first[1:]) - mean(self.seconds())) if first[1:] else None

    def _durations(self) -> list[float]:
        return [end - start for start, end in pairwise(self.ends)]

    def _is_first_of_shape(self) -> list[bool]:
        return [shape not in self.shapes[:number] for number, shape in enumerate(self.shapes)]


@training_lock()
def dry_run(
    config: str | Mapping[str, Any],
    overrides: Sequence[Override] = (),
    *,
    device: str = "auto",
    backend_name: str | None = None,
) -> DryRun:
    """Prepares a training and does a few of its steps, without leaving any file.

    Args:
        config: The path or name of the config, or the config itself as a mapping.
        overrides: Assignments such as "train.epochs=3".
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.

    Raises:
        RnnkitError: If an argument is wrong, or the machine has too little memory.
    """
    task = load_task(config if isinstance(config, Mapping) else find_config(config), overrides)
    backend.available(backend_name)
    remark_on_unused(task)
    task, data = resolve_batch_size(task, lambda task: task.prepare(Source()), backend_name, device)
    network = task.network(data.codec)
    tell([*data.notes, *lazy_gain(network, data, task.train)])
    memory = require_memory(network, data, task.train)
    backend.select(backend_name, device)
    task, data = resolve_num_buckets(task, data)
    before, widths = resident_memory(), describe_widths(data.train)
    stopwatch = _Stopwatch(data.train)
    data.train = stopwatch
    with trial(task, data, network) as fit:
        _measure(fit, stopwatch)
    seconds = stopwatch.seconds()
    return DryRun(
        inputs=network.architecture.input_shape,
        layers=list(network.architecture.all_layers),
        steps_per_epoch=stopwatch.steps,
        epochs=task.train.epochs,
        batch_size=stopwatch.batch_size,
        memory=memory,
        before=before,
        peak=peak_memory(),
        first_step=stopwatch.ends[1] - stopwatch.ends[0],
        seconds_per_epoch=mean(seconds) * stopwatch.steps,
        measured=len(seconds),
        widths=widths,
        compiling=stopwatch.compiling(),
    )


def _measure(fit: Fit, stopwatch: _Stopwatch) -> None:
    """Does the first steps of the training, with its own loop."""
    import keras

    callback = keras.callbacks.LambdaCallback(on_train_batch_end=stopwatch.step_done)
    stopwatch.ends = [time.perf_counter()]
    run(fit, callback)
