"""The steps of an epoch: the framework computes some while Python begins the next."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnnkit.backend import Begun, TrainStep
from rnnkit.stages import FIRST_STEP, STEPS, stage
from rnnkit.training.batches import Ahead, Batches
from rnnkit.training.calls import most_steps
from rnnkit.training.checkpoint import Saver
from rnnkit.training.course import Course
from rnnkit.training.progress import Progress


@dataclass(frozen=True)
class _Call:
    """A call of the framework whose sums are not read yet.

    Args:
        steps: How many it takes.
        sums: Waits for them.
        seconds: That it took to begin: all of it where the framework computes meanwhile.
    """

    steps: int
    sums: Begun
    seconds: float


class Steps:
    """The steps of one epoch after the other.

    Two calls at most are under way: the sums of the first are read when the second has begun, so
    that no device waits for Python, and a loss that is not a number is found a call late.

    Args:
        step: What is called.
        progress: Counts what was read.
        course: How many steps there are, and their learning rates.
        saver: Knows after which step a call must end.
        callbacks: A keras.callbacks.CallbackList.
        metrics: From sums to scores.
        each: Whether a callback looks at the model after each step: then nothing is ahead of it.
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
        """The seconds of a step of the last call, and of the one by which a call is measured out:
        that of all processes.
        """

    @property
    def begun(self) -> int:
        """Steps that are under way."""
        return sum(call.steps for call in self._calls)

    @property
    def left(self) -> int:
        """Steps of the epoch that are yet to begin."""
        progress, course = self._progress, self._course
        return min(course.steps - progress.batch, course.left(progress)) - self.begun

    def is_due(self) -> bool:
        """Whether a checkpoint is, after those under way."""
        return self.saver.is_due(self._progress.step + self.begun)

    def begin_epoch(self, train: Batches, random_seed: int) -> None:
        """Those to come are of another epoch.

        Args:
            train: The training data.
            random_seed: Of the training.
        """
        self._ahead = Ahead(train, random_seed, self._progress.epoch)

    def go_on(self) -> None:
        """Begins a call, not beyond the epoch nor a checkpoint that is due, and reads the one
        before it.
        """
        self._begin()
        # how many steps the next call may take is not known before the first is read
        while len(self._calls) > 1 or (self._calls and self.pace == math.inf):
            self._read()
        if self._each:
            self.finish()

    def finish(self) -> None:
        """Reads all that is under way."""
        while self._calls:
            self._read()

    def _begin(self) -> None:
        progress, begun = self._progress, self.begun
        most = 1 if self._each else most_steps(self.pace)
        most = min(most, self.left, self.saver.steps_left(progress.step + begun))
        batches = self._ahead.take(progress.batch + begun, most)
        ahead = range(begun, begun + len(batches))
        for number in ahead:
            self._callbacks.on_train_batch_begin(progress.batch + number)
        rates = [self._course.rate(progress, number) for number in ahead]
        started = time.monotonic()
        with stage(self._stage):
            sums = self._step.begin(batches, rates)
        self._calls.append(_Call(len(batches), sums, time.monotonic() - started))

    def _read(self) -> None:
        """Waits for the call that was begun first.

        Raises:
            RnnkitError: If a loss is not a number.
        """
        progress, call, started = self._progress, self._calls.popleft(), time.monotonic()
        with stage(self._stage):
            every = call.sums()
        self.measured = (call.seconds + time.monotonic() - started) / call.steps
        for sums in every:
            if not math.isfinite(sums["loss"]):
                raise progress.diverged(f"the loss is {sums['loss']}", in_step=True)
            if not progress.step:
                progress.first_loss = self._metrics(sums)["loss"]
            progress.count_step(sums)
            self._callbacks.on_train_batch_end(progress.batch - 1, self._metrics(sums))

    @property
    def _stage(self) -> str:
        return STEPS if math.isfinite(self.measured) else FIRST_STEP
