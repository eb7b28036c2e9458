"""The loop: what it computes, when it stops, and what it tells callbacks."""

from __future__ import annotations

import csv
import warnings
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from rnnkit import backend
from rnnkit.config import dump_config, load_config
from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.models.build import build_model
from rnnkit.names import find_config
from rnnkit.registry import OPTIMIZERS
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from rnnkit.training.batches import Batch
from rnnkit.training.checkpoint import load_checkpoint
from rnnkit.training.fit import Fit
from tests.training import Rows, line_fit, squares, weight


class Recorder(keras.callbacks.Callback):
    """Every event with its number, and the logs of some."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []
        self.logs: dict[str, list[dict[str, float]]] = {
            "train_batch_end": [],
            "epoch_end": [],
            "test_batch_end": [],
            "test_end": [],
        }
        self.weights: list[float] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.events.append("train_begin")

    def on_train_end(self, logs: Any = None) -> None:
        self.events.append("train_end")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.events.append(f"epoch_begin {epoch}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.events.append(f"epoch_end {epoch}")
        self.logs["epoch_end"].append(dict(logs))

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.events.append(f"train_batch_begin {batch}")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.events.append(f"train_batch_end {batch}")
        self.logs["train_batch_end"].append(dict(logs))
        self.weights.append(float(self.model.weights[0].numpy()[0, 0]))

    def on_test_begin(self, logs: Any = None) -> None:
        self.events.append("test_begin")

    def on_test_end(self, logs: Any = None) -> None:
        self.events.append("test_end")
        self.logs["test_end"].append(dict(logs))

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.events.append(f"test_batch_begin {batch}")

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.events.append(f"test_batch_end {batch}")
        self.logs["test_batch_end"].append(dict(logs))


def fable_fit(*overrides: str) -> Fit:
    """A training of a small recurrent model on the fable."""
    small = [
        "model.embedding=8",
        "model.layers.0={simple_rnn: {units: 8, unroll: true}}",
        "train.batch_size=60",
        "train.epochs=2",
    ]
    config = load_config(find_config("fable_simple_rnn"), [*small, *overrides])
    data = config.prepare(Source())
    backend.seed(config.train.random_seed)
    network = config.network(data.codec)
    model = build_model(network.architecture)
    run = RunFolder.create("fable", dump_config(config))
    return Fit(
        model,
        network.objective(),
        network.epoch_metrics,
        data.train,
        data.validation,
        config.train,
        run,
    )


def test_go_loss_of_a_step_is_from_before_its_update() -> None:
    """w is 0, 1/2, 3/4, 7/8: the losses are 1, 1/4, 1/16, exactly."""
    fit, recorder = line_fit(Rows([1.0, 1.0, 1.0], batch_size=1), epochs=1), Recorder()
    fit.go([recorder])
    assert [log["loss"] for log in recorder.logs["train_batch_end"]] == [1.0, 0.25, 0.0625]
    assert recorder.weights == [0.5, 0.75, 0.875]
    assert fit.progress.history[0]["loss"] == (1.0 + 0.25 + 0.0625) / 3


def test_go_scores_of_an_epoch_are_sums_over_rows() -> None:
    """Five rows in steps of two: w is 0, 1/2 (targets 1, 1), then 0.5 + 0.25 * 2 * 1.5 = 1.25
    (targets 2, 2), then one row with target 3.
    """
    fit, recorder = line_fit(Rows([1.0, 1.0, 2.0, 2.0, 3.0], batch_size=2), epochs=1), Recorder()
    fit.go([recorder])
    losses = [1.0, 1.5**2, 1.75**2]
    assert [log["loss"] for log in recorder.logs["train_batch_end"]] == losses
    # The filled-up row of the last step moves nothing: half the way from 1.25 to 3.
    assert recorder.weights == [0.5, 1.25, 2.125]
    assert fit.progress.history[0]["loss"] == (2 * losses[0] + 2 * losses[1] + losses[2]) / 5


def test_go_validation_scores_every_row_once() -> None:
    """After the first epoch w = 1/2; three validation rows in steps of two are off by 0, 1/2 and
    3/2.
    """
    fit = line_fit(Rows([1.0]), Rows([0.5, 1.0, 2.0], batch_size=2), epochs=1)
    fit.go()
    row = fit.progress.history[0]
    assert row["val_loss"] == pytest.approx((0.0 + 0.25 + 2.25) / 3, abs=1e-7)
    assert row["val_accuracy"] == pytest.approx(1 / 3)


def test_go_validation_changes_nothing() -> None:
    with_validation, without = (
        line_fit(Rows([1.0]), Rows([5.0]), epochs=3),
        line_fit(Rows([1.0]), epochs=3),
    )
    with_validation.go()
    without.go()
    assert weight(with_validation) == weight(without) == 0.875


def test_go_scores_and_samples_change_no_dropout() -> None:
    """keras' recurrent layers draw dropout masks even when they only answer."""

    class Ask(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model(np.zeros((2, 3), np.int32), training=False)

    options = [
        "model.layers=[{simple_rnn: {units: 4, dropout: 0.5, recurrent_dropout: 0.5}}]",
        "data.split.validation=0.3",
    ]
    fits = [fable_fit(*options) for _ in range(2)]
    fits[1] = replace(fits[1], validation=None)
    fits[0].go([Ask()])
    fits[1].go()
    for asked, alone in zip(fits[0].model.variables, fits[1].model.variables, strict=True):
        np.testing.assert_array_equal(asked.numpy(), alone.numpy())


# each with variables and rules of its own; the others are like one of them
APART = {"adafactor", "adam", "adamw", "lion", "muon", "schedulefreeadamw", "sgd"}


@pytest.mark.parametrize(
    "name",
    [
        name if name in APART else pytest.param(name, marks=pytest.mark.soak)
        for name in sorted(OPTIMIZERS)
    ],
)
def test_go_every_optimizer(name: str) -> None:
    """Three steps with a mean pool and the head, so that there are a matrix, a bias and an
    embedding.
    """
    fit = fable_fit("model.layers=[{pool: mean}]", f"train.optimizer={name}", "train.max_steps=3")
    before = [np.array(variable.numpy()) for variable in fit.model.trainable_variables]
    recorder: list[float] = []
    fit.go(
        [
            keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda batch, logs: recorder.append(logs["loss"])
            )
        ]
    )
    assert len(recorder) == 3
    assert np.isfinite(recorder).all()
    for variable, old in zip(fit.model.trainable_variables, before, strict=True):
        assert np.isfinite(variable.numpy()).all()
        assert (variable.numpy() != old).any(), variable.path


@pytest.mark.parametrize(
    ("options", "update"),
    [
        ({}, 200.0),
        ({"clip_norm": 0.5}, 0.5),
        ({"clip_value": 0.25}, 0.25),
        ({"clip_norm": 1000.0}, 200.0),
    ],
    ids=["none", "norm", "value", "wide"],
)
def test_go_clipping(options: dict[str, Any], update: float) -> None:
    """The gradient of (100 - w)^2 at w = 0 is -200; plain gradient descent with rate 1 moves by
    exactly the clipped gradient.
    """
    fit = line_fit(Rows([100.0]), epochs=1, learning_rate=1.0, **options)
    fit.go()
    assert weight(fit) == pytest.approx(update, rel=1e-6)


def test_go_max_steps_within_an_epoch() -> None:
    fit = line_fit(Rows([1.0, 1.0, 1.0], batch_size=1), epochs=9, max_steps=5)
    fit.go()
    assert fit.progress.step == 5
    assert [row["loss"] for row in fit.progress.history] == [
        (1 + 1 / 4 + 1 / 16) / 3,
        (1 / 64 + 1 / 256) / 2,
    ]
    assert weight(fit) == 1 - 2**-5


def test_go_epochs_bound_max_steps() -> None:
    fit = line_fit(Rows([1.0]), epochs=2, max_steps=50)
    fit.go()
    assert (fit.progress.step, fit.progress.epoch, fit.total_steps) == (2, 2, 2)


def test_go_history_csv() -> None:
    fit = line_fit(Rows([1.0]), Rows([0.75]), epochs=3)
    fit.go()
    with open(fit.run.history, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [float(row["loss"]) for row in rows] == [1.0, 0.25, 0.0625]
    assert list(rows[0]) == [
        "epoch",
        "loss",
        "accuracy",
        "val_loss",
        "val_accuracy",
        "learning_rate",
        "seconds",
    ]


class Reader(keras.callbacks.Callback):
    """Counts the epochs of history.csv and of the newest checkpoint, after each epoch."""

    def __init__(self, run: RunFolder):
        super().__init__()
        self.run, self.written, self.checkpointed = run, [0], [0]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self.run.history.exists():
            self.written.append(len(self.run.load_history().epochs))
        if any(self.run.checkpoints.glob("step-*")):
            progress = load_checkpoint(self.run.checkpoints).state["progress"]
            self.checkpointed.append(progress["epoch"])
            assert self.checkpointed[-1] <= self.written[-1] <= epoch


def test_go_history_of_short_epochs_is_never_behind_a_checkpoint() -> None:
    fit = line_fit(Rows([1.0]), epochs=60, checkpoint={"every_steps": 20, "every_seconds": None})
    reader = Reader(fit.run)
    fit.go([reader])
    assert max(reader.checkpointed) == 40
    assert len(fit.run.load_history().epochs) == 60


class Poison(Rows):
    """A target of infinity in one step of one epoch."""

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        inputs, targets, weights = super().shuffled(random_seed, epoch, step)
        return inputs, targets + np.float32(np.inf if (epoch, step) == (1, 2) else 0), weights


def test_go_infinite_loss_leaves_the_last_checkpoint() -> None:
    fit, recorder = (
        line_fit(
            Poison([1.0] * 3, batch_size=1),
            epochs=3,
            checkpoint={"every_steps": 1, "every_seconds": None},
        ),
        Recorder(),
    )
    with pytest.raises(
        RnnkitError, match=r"epoch 2, step 3 \(step 6 in all\): the loss is inf.*learning_rate"
    ) as caught:
        fit.go([recorder])
    assert caught.value.exit_code == RUN_FAILED
    checkpoint = load_checkpoint(fit.run.checkpoints)
    assert checkpoint.state["progress"]["step"] == 5
    assert checkpoint.arrays["0000/kernel"] == 1 - 2**-5
    assert not fit.run.weights.exists()
    assert recorder.events[-1] == "train_end"  # so that bars and writers are closed


def test_go_infinite_weights_are_never_kept() -> None:
    """The loss of the first step is 0, but its gradient, that of the square root at 0, is no
    number: nor is w after it.
    """

    def roots(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
        sums = squares(outputs, targets, weights)
        return sums | {
            "loss": keras.ops.sum(keras.ops.sqrt(keras.ops.abs(outputs[:, 0] - targets)) * weights)
        }

    for every_steps in (1, None):
        fit = line_fit(
            Rows([0.0]),
            objective=roots,
            epochs=1,
            checkpoint={"every_steps": every_steps, "every_seconds": None},
        )
        with pytest.raises(RnnkitError, match=r"epoch 1.*step 1") as caught:
            fit.go()
        assert caught.value.exit_code == RUN_FAILED
        assert fit.monitor.best == []
        with pytest.raises(RnnkitError, match="no checkpoint"):
            load_checkpoint(fit.run.checkpoints)


def test_go_callback_events() -> None:
    fit, recorder = (
        line_fit(
            Rows([1.0, 1.0, 1.0], batch_size=2), Rows([1.0, 1.0, 1.0], batch_size=2), epochs=2
        ),
        Recorder(),
    )
    fit.go([recorder])
    steps = [
        f"{event} {step}" for step in (0, 1) for event in ("train_batch_begin", "train_batch_end")
    ]
    tests = [
        "test_begin",
        *(f"{event} {step}" for step in (0, 1) for event in ("test_batch_begin", "test_batch_end")),
        "test_end",
    ]
    epochs = [
        event
        for epoch in (0, 1)
        for event in (f"epoch_begin {epoch}", *steps, *tests, f"epoch_end {epoch}")
    ]
    assert recorder.events == ["train_begin", *epochs, "train_end"]
    assert recorder.params == {"epochs": 2, "steps": 2, "verbose": 0}
    assert recorder.logs["epoch_end"] == fit.progress.history
    assert recorder.logs["test_end"] == [
        {name.removeprefix("val_"): row[name] for name in ("val_loss", "val_accuracy")}
        for row in fit.progress.history
    ]


def test_go_callback_events_as_keras() -> None:
    """The order above is what keras' own fit does."""
    ours, theirs = Recorder(), Recorder()
    line_fit(Rows([1.0, 1.0, 1.0], batch_size=2), Rows([1.0, 1.0, 1.0], batch_size=2), epochs=2).go(
        [ours]
    )
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    rows = (np.ones((3, 1)), np.ones(3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(
            *rows,
            batch_size=2,
            epochs=2,
            validation_data=rows,
            validation_batch_size=2,
            callbacks=[theirs],
            verbose=0,
        )
    assert ours.events == theirs.events


def test_go_callback_stops_after_an_epoch() -> None:
    class StopAfterTwo(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = epoch == 1

    fit = line_fit(Rows([1.0, 1.0], batch_size=1), epochs=9)
    assert fit.go([StopAfterTwo()]) is None
    assert (fit.progress.epoch, fit.progress.step) == (2, 4)


def test_go_callback_stops_within_an_epoch() -> None:
    class StopAtThird(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = batch == 2

    fit, recorder = line_fit(Rows([1.0] * 9, batch_size=1), epochs=9), Recorder()
    fit.go([StopAtThird(), recorder])
    assert recorder.events[-3:] == ["train_batch_end 2", "epoch_end 0", "train_end"]
    assert fit.progress.step == 3
    assert fit.progress.history[0]["loss"] == (1 + 1 / 4 + 1 / 16) / 3


def test_go_keras_callbacks() -> None:
    """keras' EarlyStopping counts as ours does: validation is best at epoch 2 and then worse."""
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2)
    history = keras.callbacks.History()
    fit = line_fit(Rows([1.0]), Rows([0.75]), epochs=9)
    fit.go([stopping, history])
    assert stopping.stopped_epoch == 3
    assert history.history["val_loss"] == [row["val_loss"] for row in fit.progress.history]
    assert len(fit.progress.history) == 4
