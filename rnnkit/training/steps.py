"""The steps of an epoch, pipelined: Python starts the next ones while the framework computes."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnnkit.backend import Begun, TrainStep
from rnnkit.stage_times import FIRST_STEP, STEPS, stage
from rnnkit.training.batches import Batches, EpochBatches
from rnnkit.training.calls import most_steps
from rnnkit.training.checkpoint import Saver
from rnnkit.training.course import Course
from rnnkit.training.progress import Progress


@dataclass(frozen=True)
class _Call:
    """A call of the framework whose results have not been read yet.

    Args:
        steps: How many steps it takes.
        sums: Waits for the sums of each step.
        seconds: How long it took to start; a framework may compute all of it in that time.
    """

    steps: int
    sums: Begun
    seconds: float


class Steps:
    """Takes the steps of a training, epoch by epoch.

    At most two calls are in flight: the sums of the first are read once the second has started, so
    that no device waits for Python. A loss that is not a number is therefore found one call late.

    Args:
        step: The compiled training step.
        progress: Counts the steps whose results have been read.
        course: How many steps there are, and their learning rates.
        saver: Knows after which step a call must end.
        callbacks: A keras.callbacks.CallbackList.
        metrics: From sums to scores.
        each: Whether a callback looks at the model after each step, so that no call may run ahead.
    """

    def __init__(
        self,
        step: TrainStep,
        progress: Progress,
        course: Course,
        saver: Saver,
        callbacks: Any,
        metrics: Callable[[dict[str, float]], dict[str, float]],
        *,
        each: bool,
    ):
        self._step, self._progress, self._course, self.saver = step, progress, course, saver
        self._callbacks, self._metrics, self._each = callbacks, metrics, each
        self._calls: deque[_Call] = deque()
        self.measured = self.pace = math.inf
        """Seconds per step: in this process's last call, and as all processes agreed, which sets
        the size of the next call.
        """

    @property
    def begun(self) -> int:
        """The number of steps in flight."""
        return sum(call.steps for call in self._calls)

    @property
    def left(self) -> int:
        """The number of steps of the epoch that have not started."""
        progress, course = self._progress, self._course
        return min(course.steps - progress.batch, course.left(progress)) - self.begun

    def is_due(self) -> bool:
        """Whether a checkpoint is due once the steps in flight are done."""
        return self.saver.is_due(self._progress.step + self.begun)

    def begin_epoch(self, train: Batches, random_seed: int) -> None:
        """Takes the next steps from the batches of the current epoch.

        Args:
            train: The training data.
            random_seed: The training's seed.
        """
        self._batches = EpochBatches(train, random_seed, self._progress.epoch)

    def go_on(self) -> None:
        """Starts a call, which ends at the latest with the epoch or where a checkpoint is due, and
        reads the results of the one before it.
        """
        self._begin()
        # the size of the next call is not known before the first one is read
        while len(self._calls) > 1 or (self._calls and self.pace == math.inf):
            self._read()
        if self._each:
            self.finish()

    def finish(self) -> None:
        """Waits for all calls in flight and reads their results."""
        while self._calls:
            self._read()

    def _begin(self) -> None:
        progress, begun = self._progress, self.begun
        most = 1 if self._each else most_steps(self.pace)
        most = min(most, self.left, self.saver.steps_left(progress.step + begun))
        batches = self._batches.take(progress.batch + begun, most)
        ahead = range(begun, begun + len(batches))
        for number in ahead:
            self._callbacks.on_train_batch_begin(progress.batch + number)
        rates = [self._course.rate(progress, number) for number in ahead]
        started = time.monotonic()
        with stage(self._stage):
            sums = self._step.begin(batches, rates)
        self._calls.append(_Call(len(batches), sums, time.monotonic() - started))

    def _read(self) -> None:
        """Waits for the oldest call and counts its steps.

        Raises:
            RnnkitError: If a loss is not a number.
        """
        progress, call, started = self._progress, self._calls.popleft(), time.monotonic()
        with stage(self._stage):
            sums_of_steps = call.sums()
        self.measured = (call.seconds + time.monotonic() - started) / call.steps
        for sums in sums_of_steps:
            if not math.isfinite(sums["loss"]):
                raise progress.diverged(f"the loss is {sums['loss']}", in_step=True)
            if not progress.step:
                progress.first_loss = self._metrics(sums)["loss"]
            progress.count_step(sums)
            self._callbacks.on_train_batch_end(progress.batch - 1, self._metrics(sums))

    @property
    def _stage(self) -> str:
        return STEPS if math.isfinite(self.measured) else FIRST_STEP
