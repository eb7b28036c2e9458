"""What a training would be: shapes, memory, and the time of an epoch by a few real steps."""

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
from rnnkit.workflows.batch_size import sized
from rnnkit.workflows.buckets import bucketed, in_words
from rnnkit.workflows.lazy import lazy_gain
from rnnkit.workflows.memory import AFTER_STEPS, TrainingMemory, require_memory
from rnnkit.workflows.remarks import remark_on_unused
from rnnkit.workflows.training_lock import training_lock
from rnnkit.workflows.trial import EnoughError, run, trial

if TYPE_CHECKING:
    from rnnkit.training.fit import Fit

WARM_UP = 3
"""Steps that do not count: what is compiled, and caches that fill."""
ENOUGH_STEPS, ENOUGH_SECONDS = 40, 5.0


@dataclass(frozen=True)
class DryRun:
    """A training that was not run.

    Args:
        inputs: The shape of a row of the data.
        layers: The resolved list of layers.
        steps_per_epoch: Steps of an epoch.
        epochs: As the config has them; early stopping may end them sooner.
        batch_size: Rows of a step.
        memory: An estimate, made before anything was allocated.
        before: Bytes that the process had then, data and framework; None if the system does not
            say.
        peak: Bytes that the process took at most, data and framework with it; None if the
            system does not say.
        first_step: Seconds, with what was compiled.
        seconds_per_epoch: By the steps that were measured, without validation.
        measured: How many these are.
        widths: The widths of the batches and how much is padding, in words; None if all have one.
        compiling: Seconds that the first step of a further width took longer than others; None
            where these steps had none.
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
        """Bytes that the whole training is expected to take, with data, framework and what is
        written at its end; None if the system does not say.
        """
        return None if self.before is None else self.before + self.memory.total + AFTER_STEPS


@dataclass
class _Stopwatch:
    """Batches that remember the shapes of their steps, and the times at which steps end."""

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
        """Called at the end of each step."""
        self.ends.append(time.perf_counter())
        done = len(self.ends) - 1
        seconds = self.ends[-1] - self.ends[min(WARM_UP, done)]
        if done >= 2 * WARM_UP and (done >= ENOUGH_STEPS or seconds > ENOUGH_SECONDS):
            raise EnoughError

    def seconds(self) -> list[float]:
        """Of each step that counts: not the first ones, nor those of a shape that is compiled."""
        durations = self._durations()
        counted = [
            seconds
            for number, (seconds, is_new) in enumerate(zip(durations, self._new(), strict=False))
            if number >= WARM_UP and not is_new
        ]
        return counted or durations[WARM_UP:] or durations[-1:]

    def compiling(self) -> float | None:
        """The mean seconds that a step of a further shape takes longer than one that counts; None
        where there was no such step.
        """
        new = [one for one, is_new in zip(self._durations(), self._new(), strict=False) if is_new]
        return max(0.0, mean(new[1:]) - mean(self.seconds())) if new[1:] else None

    def _durations(self) -> list[float]:
        return [end - start for start, end in pairwise(self.ends)]

    def _new(self) -> list[bool]:
        """Whether each step is the first of its shape."""
        return [shape not in self.shapes[:number] for number, shape in enumerate(self.shapes)]


@training_lock()
def dry_run(
    config: str | Mapping[str, Any],
    overrides: Sequence[Override] = (),
    *,
    device: str = "auto",
    backend_name: str | None = None,
) -> DryRun:
    """Prepares a training, does a few of its steps, and keeps nothing.

    Args:
        config: As in `train`, and so are the others.
        overrides: Assignments such as "train.epochs=3".
        device: auto, cpu or gpu.
        backend_name: tensorflow or jax; None for the environment's.

    Raises:
        RnnkitError: If an argument is wrong, or the machine has too little memory.
    """
    task = load_task(config if isinstance(config, Mapping) else find_config(config), overrides)
    backend.available(backend_name)
    remark_on_unused(task)
    task, data = sized(task, lambda one: one.prepare(Source()), backend_name, device)
    network = task.network(data.codec)
    tell([*data.notes, *lazy_gain(network, data, task.train)])
    memory = require_memory(network, data, task.train)
    backend.select(backend_name, device)
    task, data = bucketed(task, data)
    before, widths = resident_memory(), in_words(data.train)
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
    """The first steps of the training, by its own loop."""
    import keras

    callback = keras.callbacks.LambdaCallback(on_train_batch_end=stopwatch.step_done)
    stopwatch.ends = [time.perf_counter()]
    run(fit, callback)
