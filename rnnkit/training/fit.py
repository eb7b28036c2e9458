"""The training loop: compiled steps over our own batches, which stop and continue at any step."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from rnnkit import backend
from rnnkit.progress import log
from rnnkit.run import RunFolder
from rnnkit.training import agreement
from rnnkit.training.batches import Batches, divide
from rnnkit.training.calls import needs_each_step
from rnnkit.training.checkpoint import Checkpoint, Saver
from rnnkit.training.course import Course
from rnnkit.training.interrupt import StopRequest
from rnnkit.training.monitor import Monitor
from rnnkit.training.options import Train
from rnnkit.training.progress import Progress
from rnnkit.training.steps import Steps
from rnnkit.training.validate import validate
from rnnkit.training.variables import (
    as_scored,
    require_finite,
    require_same,
    restore_variables,
    take_numbered,
    values_by_name,
)


@dataclass
class Fit:
    """One training.

    Args:
        model: A built keras.Model.
        objective: Sums over a batch, with "loss" and "weight" among them.
        metrics: From sums to the scores of an epoch, "loss" among them.
        train: Training data.
        validation: Held-out data, or None.
        options: The `train:` section.
        run: Where checkpoints and history.csv go.
        identity: What a resumed training must share with this one, such as the data's fingerprint.
        record: What else a checkpoint keeps: the config and the environment that it is of.
        states: The sizes of a stream model's states, carried from step to step from zeros on.
        ceiling: The accuracy that ends the training, because no model can exceed it; None for none.
    """

    model: Any
    objective: backend.Objective
    metrics: Callable[[dict[str, float]], dict[str, float]]
    train: Batches
    validation: Batches | None
    options: Train
    run: RunFolder
    identity: dict[str, str] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    states: Sequence[tuple[int, ...]] = ()
    ceiling: float | None = None

    def __post_init__(self) -> None:
        options = self.options
        divide(self.train, self.validation, backend.share())
        self.progress = Progress()
        self.course = Course(options, self.train.steps)
        validates = self.validation is not None
        self.monitor = Monitor(options, validates=validates, ceiling=self.ceiling)
        self.optimizer = options.optimizer.build(
            options.learning_rate, options.clip_norm, options.clip_value, options.average
        )
        self.model.compile(optimizer=self.optimizer)
        kernels = options.kernel != "keras"
        self._train_step = backend.train_step(
            self.model,
            self.optimizer,
            self.objective,
            self._zero_states(self.train),
            kernels=kernels,
            lazy=options.optimizer.is_lazy,
        )
        self._test_step = backend.test_step(self.model, self.objective, kernels=kernels)
        self._saver = Saver(self.run, options.checkpoint)
        self.request = StopRequest()

    @property
    def total_steps(self) -> int:
        return self.course.total(self.progress)

    @property
    def is_complete(self) -> bool:
        """Whether no step is left to do, nor the end of an epoch whose steps are done."""
        progress = self.progress
        return (
            self.monitor.is_patience_over(progress)
            or self.monitor.is_at_ceiling(progress)
            or self.course.is_over(progress)
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Restores variables and progress from the checkpoint.

        Raises:
            RnnkitError: If it belongs to other data or to another model.
        """
        require_same(self.identity, checkpoint, str(self.run))
        self.progress = Progress(**checkpoint.state["progress"])
        self._saver.epochs_written = len(self.progress.history)
        arrays = dict(checkpoint.arrays)
        self.monitor.best = take_numbered("best", arrays)
        self._train_step.carried = tuple(take_numbered("state", arrays))
        restore_variables(self.model, self.optimizer, arrays, str(self.run))
        progress = self.progress
        steps_then = checkpoint.state.get("steps", self.train.steps)
        if progress.batch == steps_then:  # only the end of the epoch is still to come
            progress.batch = self.train.steps
        with self._as_scored():
            newest = None if progress.batch else self.model.weights
            for remark in self.monitor.recount(progress, newest):
                log.info(remark)

    def go(self, callbacks: Sequence[Any] = ()) -> int | None:
        """Trains until the last epoch, early stopping, or a signal, whose number is returned.

        Args:
            callbacks: keras callbacks. On JAX the model's variables are current at the ends of
                epochs only.

        Raises:
            RnnkitError: If the loss is no longer a number, or the disk refuses three checkpoints in
                a row.
        """
        import keras

        progress = self.progress
        progress.finished = self.model.stop_training = False
        self._callbacks = keras.callbacks.CallbackList(list(callbacks), model=self.model)
        each = any(map(needs_each_step, self._callbacks.callbacks))
        variables = [*self.model.variables, *self.optimizer.variables]
        each = agreement.on_start(str(self.run), self.identity, variables, each=each)
        steps = Steps(
            self._train_step,
            progress,
            self.course,
            self._saver,
            self._callbacks,
            self.metrics,
            each=each,
        )
        epochs = self.course.epochs(progress)
        self._callbacks.set_params({"epochs": epochs, "steps": self.train.steps, "verbose": 0})
        with StopRequest() as self.request, agreement.on_divergence():
            self._callbacks.on_train_begin()
            try:
                while not self.is_complete and not self.model.stop_training:
                    self._epoch(steps)
                    if self.request.signal:
                        break
                if ending := self.monitor.ending(progress):
                    log.info(ending)
                progress.finished = self.request.signal is None
                self._save_checkpoint()
                agreement.on_end(self.model.weights)
            finally:
                self._saver.save_history(progress.history, now=True)
                self._callbacks.on_train_end()
                del self._callbacks  # they may hold this training, and so all of its data
        return self.request.signal

    def load_best_weights(self) -> None:
        """Puts the best epoch's weights into the model (the last ones where no epoch was
        completed).
        """
        for variable, value in zip(self.model.weights, self.monitor.best, strict=False):
            variable.assign(value)

    def _epoch(self, steps: Steps) -> None:
        """The steps of an epoch, or what is left of them, and its end unless a signal came."""
        progress, model = self.progress, self.model
        self._callbacks.on_epoch_begin(progress.epoch)
        started = time.monotonic() - progress.epoch_seconds
        if not progress.batch:
            self._train_step.carried = self._zero_states(self.train)
        steps.begin_epoch(self.train, self.options.random_seed)
        while steps.left:
            steps.go_on()
            agreement.on_next(steps, self.request, model)
            if steps.left and not (self.request.signal or model.stop_training or steps.is_due()):
                continue
            steps.finish()
            agreement.on_next(steps, self.request, model)
            progress.epoch_seconds = time.monotonic() - started
            if self.request.signal:
                return
            if model.stop_training:  # by a callback
                break
            if steps.is_due() and progress.batch < self.train.steps:
                self._save_checkpoint()
        if progress.batch < self.train.steps:  # so that a longer training continues within it
            self._save_checkpoint()
        self._end_epoch(started, steps)

    def _end_epoch(self, started: float, steps: Steps) -> None:
        """Scores the epoch, keeps what is best, and writes its row of history.csv; a signal while
        it is scored leaves its end to come, as one in its last step does.
        """
        progress = self.progress
        self._train_step.sync()
        require_finite(self.model, progress)
        with self._as_scored():
            if (held_out := self._validate()) is None:
                return
            row = {"epoch": progress.epoch + 1, **self.metrics(progress.sums), **held_out}
            row["learning_rate"] = self.course.rate(progress, -1)
            self.monitor.see(row, self.model.weights, progress)
        row["seconds"] = round(time.monotonic() - started, 3)
        progress.end_epoch(row)
        self._saver.save_history(progress.history, now=False)
        with self._as_scored():
            self._callbacks.on_epoch_end(progress.epoch - 1, row)
        agreement.on_next(steps, self.request, self.model)
        if self._saver.is_due(progress.step):
            self._save_checkpoint()

    def _as_scored(self) -> AbstractContextManager[None]:
        averaged = self.options.average is not None
        return as_scored(self.model, self.optimizer, averaged=averaged)

    def _validate(self) -> dict[str, float] | None:
        if self.validation is not None:
            self._test_step.carried = self._zero_states(self.validation)
        step, request = self._test_step, self.request
        return validate(self.validation, step, self.metrics, self._callbacks, request)

    def _zero_states(self, batches: Batches) -> tuple[np.ndarray, ...]:
        return tuple(np.zeros((batches.batch_size, *shape), np.float32) for shape in self.states)

    def _save_checkpoint(self) -> None:
        self._train_step.sync()
        require_finite(self.model, self.progress)
        self._saver.save_history(self.progress.history, now=True)  # never behind a checkpoint
        best, carried = self.monitor.best, self._train_step.carried
        arrays = values_by_name(self.model, self.optimizer, best=best, state=carried)
        state = {"identity": self.identity, "progress": asdict(self.progress)} | self.record
        self._saver.save_checkpoint(arrays, {**state, "steps": self.train.steps}, self.progress)
