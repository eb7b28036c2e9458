"""The training loop: compiled steps over our own batches, which can stop and go on at any step."""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np

from rnnkit.backend import Objective, TestStep, TrainStep
from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.run import RunFolder
from rnnkit.training.checkpoint import Checkpoint, save_checkpoint
from rnnkit.training.interrupt import StopRequest
from rnnkit.training.options import Train
from rnnkit.training.schedules import OnPlateau

MAX_FAILED_SAVES = 3
HIGHER_IS_BETTER = ("accuracy", "f1")


Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Inputs, targets and weights for one step; a row of weight 0 is padding."""


class Batches(Protocol):
    """Data for training: which rows a step sees is a pure function of seed, epoch and step."""

    batch_size: int

    @property
    def steps(self) -> int:
        """Steps in an epoch."""

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        """The batch of a step of training."""

    def in_order(self) -> Iterator[Batch]:
        """Every row once, for scoring."""


@dataclass
class Progress:
    """Where a training stands, apart from its variables. It is saved with every checkpoint."""

    epoch: int = 0  # whole epochs done
    batch: int = 0  # steps done in the epoch under way
    step: int = 0  # steps done in all
    seconds: float = 0.0  # in all
    epoch_seconds: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)  # of the epoch under way
    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    best_value: float | None = None  # of the monitored score, negated where higher is better
    best_loss: float = 0.0  # of that epoch
    waited_from: float | None = None  # what has to be improved on, by early stopping's min_delta
    waited: int = 0  # epochs since it was
    reductions: int = 0  # of the learning rate, on a plateau
    reduced_at: int = 0
    finished: bool = False


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
        warn: Called with a line of text when something is wrong but bearable.
        states: The sizes of a stream model's states, which are carried from step to step and start
            at zero in every epoch.
    """

    model: Any
    objective: Objective
    metrics: Callable[[dict[str, float]], dict[str, float]]
    train: Batches
    validation: Batches | None
    options: Train
    run: RunFolder
    identity: dict[str, str] = field(default_factory=dict)
    warn: Callable[[str], None] = print
    states: Sequence[tuple[int, ...]] = ()
    progress: Progress = field(default_factory=Progress)
    best: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        options = self.options
        self.optimizer = options.optimizer.build(
            options.learning_rate, options.clip_norm, options.clip_value, options.average
        )
        self.model.compile(optimizer=self.optimizer)
        self._train_step = TrainStep(
            self.model, self.optimizer, self.objective, self._zero_states(self.train)
        )
        self._test_step = TestStep(self.model, self.objective)
        self._failed_saves = 0
        self._saved_at = time.monotonic()

    @property
    def monitor(self) -> str:
        """The column of history.csv that chooses the best weights."""
        return self.options.monitor if self.validation is None else f"val_{self.options.monitor}"

    @property
    def _sign(self) -> float:
        return -1.0 if self.options.monitor in HIGHER_IS_BETTER else 1.0

    def best_score(self) -> float | None:
        """The monitored score of the best epoch; None before the first epoch's end."""
        return None if self.progress.best_value is None else self.progress.best_value * self._sign

    @property
    def total_steps(self) -> int:
        total = self.options.epochs * self.train.steps
        return min(total, self.options.max_steps) if self.options.max_steps else total

    @property
    def is_complete(self) -> bool:
        """Whether no step is left to do, nor the end of an epoch whose steps are done."""
        progress, stopping = self.progress, self.options.early_stopping
        if stopping and progress.waited >= stopping.patience:
            return True
        return progress.epoch >= self.options.epochs or (
            progress.step >= self.total_steps and not progress.batch
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Puts variables and progress back to where the checkpoint was taken.

        Raises:
            RnnkitError: If it belongs to other data or to another model.
        """
        for name, value in self.identity.items():
            if checkpoint.state["identity"].get(name) != value:
                raise RnnkitError(
                    str(self.run),
                    f"the {name} changed since the checkpoint was taken",
                    "Expected the same",
                    "Train anew, or bring back the old one",
                )
        self.progress = Progress(**checkpoint.state["progress"])
        variables = self._variables()
        arrays = dict(checkpoint.arrays)
        self.best = [
            arrays.pop(name) for name in sorted(name for name in arrays if name.startswith("best/"))
        ]
        self._train_step.carried = tuple(
            arrays.pop(name)
            for name in sorted(name for name in arrays if name.startswith("state/"))
        )
        if arrays.keys() != variables.keys():
            raise RnnkitError(
                "checkpoint",
                "other variables than the config's model has",
                "",
                "Resume with the run's own config",
            )
        for name, variable in variables.items():
            variable.assign(arrays[name])

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
        self._callbacks.set_params(
            {
                "epochs": -(-self.total_steps // self.train.steps),
                "steps": self.train.steps,
                "verbose": 0,
            }
        )
        with StopRequest() as request:
            self._callbacks.on_train_begin()
            try:
                while not self.is_complete and not self.model.stop_training:
                    self._epoch(request)
                    if request.signal:
                        break
                progress.finished = request.signal is None
                self._save_checkpoint()
            finally:
                self._callbacks.on_train_end()
        return request.signal

    def load_best_weights(self) -> None:
        """Puts the best epoch's weights into the model (the last ones where no epoch was
        completed).
        """
        for variable, value in zip(self.model.weights, self.best, strict=False):
            variable.assign(value)

    def _epoch(self, request: StopRequest) -> None:
        progress, epoch = self.progress, self.progress.epoch
        self._callbacks.on_epoch_begin(epoch)
        started = time.monotonic() - progress.epoch_seconds
        if not progress.batch:
            self._train_step.carried = self._zero_states(self.train)
        while progress.batch < self.train.steps and progress.step < self.total_steps:
            self._one_step(epoch)
            progress.epoch_seconds = time.monotonic() - started
            if request.signal:
                return
            if self.model.stop_training:  # by a callback
                break
            if self._checkpoint_is_due() and progress.batch < self.train.steps:
                self._save_checkpoint()
        # cut short: a longer training goes on within this epoch
        if progress.batch < self.train.steps:
            self._save_checkpoint()
        self._train_step.sync()
        self._require_finite_weights()
        with self._as_scored():
            row = {"epoch": epoch + 1, **self.metrics(progress.sums), **self._validate()}
            row["learning_rate"] = self._learning_rate(progress.step - 1)
            self._keep_best(row)
        row["seconds"] = round(time.monotonic() - started, 3)
        progress.history.append(row)
        progress.seconds += row["seconds"]
        progress.epoch, progress.batch, progress.sums, progress.epoch_seconds = (
            epoch + 1,
            0,
            {},
            0.0,
        )
        try:
            self.run.save_history(progress.history)
        except OSError as error:
            self._bear_failed_save("history.csv", error)
        with self._as_scored():
            self._callbacks.on_epoch_end(epoch, row)
        if self._checkpoint_is_due():
            self._save_checkpoint()

    def _one_step(self, epoch: int) -> None:
        progress = self.progress
        inputs, targets, weights = self.train.shuffled(
            self.options.random_seed, epoch, progress.batch
        )
        self._callbacks.on_train_batch_begin(progress.batch)
        sums = self._train_step(inputs, targets, weights, self._learning_rate(progress.step))
        if not math.isfinite(sums["loss"]):
            raise _diverged(
                epoch + 1, progress.batch + 1, progress.step + 1, f"the loss is {sums['loss']}"
            )
        for name, value in sums.items():
            progress.sums[name] = progress.sums.get(name, 0.0) + value
        self._callbacks.on_train_batch_end(progress.batch, self.metrics(sums))
        progress.batch += 1
        progress.step += 1

    @contextlib.contextmanager
    def _as_scored(self) -> Iterator[None]:
        """The model as it is scored and kept: with averaged weights where `train.average` asks for
        them.

        Scores and samples must not change a training: keras' recurrent layers draw dropout masks
        even where nothing is dropped.
        """
        borrowed = [
            variable for variable in self.model.variables if variable.name == "seed_generator_state"
        ]
        if self.options.average is not None:
            borrowed += self.model.trainable_variables
        values = [np.asarray(variable).copy() for variable in borrowed]
        if self.options.average is not None:
            self.optimizer.finalize_variable_values(self.model.trainable_variables)
        yield
        for variable, value in zip(borrowed, values, strict=True):
            variable.assign(value)

    def _require_finite_weights(self) -> None:
        """The loss is that of the weights before a step; the step itself may have spoiled them."""
        progress = self.progress
        for variable in self.model.trainable_variables:
            if not np.isfinite(np.asarray(variable)).all():
                raise _diverged(
                    progress.epoch + 1,
                    progress.batch,
                    progress.step,
                    f"{variable.path} holds a value that is no number",
                )

    def _validate(self) -> dict[str, float]:
        if self.validation is None:
            return {}
        totals: dict[str, float] = {}
        self._test_step.carried = self._zero_states(self.validation)
        self._callbacks.on_test_begin()
        for index, batch in enumerate(self.validation.in_order()):
            self._callbacks.on_test_batch_begin(index)
            sums = self._test_step(*batch)
            for name, value in sums.items():
                totals[name] = totals.get(name, 0.0) + value
            self._callbacks.on_test_batch_end(index, self.metrics(dict(sums)))
        scores = self.metrics(totals)
        self._callbacks.on_test_end(scores)
        return {f"val_{name}": value for name, value in scores.items()}

    def _zero_states(self, batches: Batches) -> tuple[np.ndarray, ...]:
        return tuple(np.zeros((batches.batch_size, *shape), np.float32) for shape in self.states)

    def _learning_rate(self, step: int) -> float:
        options = self.options
        factor = options.schedule.factor(step, self.train.steps, self.total_steps)
        if isinstance(options.schedule, OnPlateau):
            factor = options.schedule.reduced(self.progress.reductions)
        if step < options.warmup_steps:
            factor *= (step + 1) / options.warmup_steps
        return options.learning_rate * factor

    def _keep_best(self, row: dict[str, float]) -> None:
        """Best weights, early stopping and plateaus, all by the same score."""
        progress, options = self.progress, self.options
        value = row[self.monitor] * self._sign
        if not math.isfinite(value):
            raise _diverged(
                int(row["epoch"]),
                progress.batch,
                progress.step,
                f"{self.monitor} is {row[self.monitor]}",
            )
        # Of epochs that are equally good the one of the lowest loss: a small set is soon all right,
        # long before the model is sure.
        loss = row["loss" if self.validation is None else "val_loss"]
        if progress.best_value is None or (value, loss) < (progress.best_value, progress.best_loss):
            progress.best_value, progress.best_loss, progress.best_epoch = (
                value,
                loss,
                int(row["epoch"]),
            )
            self.best = [np.asarray(variable).copy() for variable in self.model.weights]
        min_delta = options.early_stopping.min_delta if options.early_stopping else 0.0
        if progress.waited_from is None or value < progress.waited_from - min_delta:
            progress.waited_from, progress.waited = value, 0
        else:
            progress.waited += 1
        schedule = options.schedule
        since = min(progress.waited, progress.epoch + 1 - progress.reduced_at)
        if isinstance(schedule, OnPlateau) and since >= schedule.patience:
            progress.reductions, progress.reduced_at = progress.reductions + 1, progress.epoch + 1

    def _checkpoint_is_due(self) -> bool:
        every = self.options.checkpoint
        by_steps = every.every_steps is not None and self.progress.step % every.every_steps == 0
        return by_steps or (
            every.every_seconds is not None
            and time.monotonic() - self._saved_at >= every.every_seconds
        )

    def _save_checkpoint(self) -> None:
        self._train_step.sync()
        self._require_finite_weights()
        arrays = {name: np.asarray(variable) for name, variable in self._variables().items()}
        arrays |= {f"best/{index:04d}": value for index, value in enumerate(self.best)}
        arrays |= {
            f"state/{index:04d}": np.asarray(value)
            for index, value in enumerate(self._train_step.carried)
        }
        try:
            state = {"identity": self.identity, "progress": asdict(self.progress)}
            save_checkpoint(
                self.run.checkpoints,
                self.progress.step,
                arrays,
                state,
                self.options.checkpoint.keep,
            )
            self._failed_saves = 0
        except OSError as error:
            self._bear_failed_save(f"checkpoint of step {self.progress.step}", error)
        self._saved_at = time.monotonic()

    def _bear_failed_save(self, what: str, error: OSError) -> None:
        """Warns; the third time in a row, or at the very end, the training fails."""
        self._failed_saves += 1
        message = f"{what} not written: {error.strerror or error}"
        if self._failed_saves >= MAX_FAILED_SAVES or self.progress.finished:
            raise RnnkitError(
                str(self.run),
                message,
                "",
                "Free some space, then go on with --resume",
                exit_code=RUN_FAILED,
            ) from None
        self.warn(f"{message}; the one before is kept")

    def _variables(self) -> dict[str, Any]:
        """Every variable of model and optimizer, random generators included, under a name of its
        own.

        Not under its path, and without the number of a layer: keras numbers them over all that a
        process has made.
        """
        variables = [*self.model.variables, *self.optimizer.variables]
        return {
            f"{index:04d}/{re.sub(r'_[0-9]+', '', variable.name)}": variable
            for index, variable in enumerate(variables)
        }


def _diverged(epoch: int, batch: int, step: int, found: str) -> RnnkitError:
    hint = (
        "Lower train.learning_rate, or set train.clip_norm: 1.0; the last checkpoint is still good"
    )
    return RnnkitError(
        f"epoch {epoch}, step {batch} (step {step} in all)",
        found,
        "Expected a number",
        hint,
        exit_code=RUN_FAILED,
    )
