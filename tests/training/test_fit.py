"""The loop: what it computes, what it keeps, when it stops, and what it tells callbacks."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from rnnkit import backend
from rnnkit.architecture import Architecture, LayerSpec
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.config import dump_config, load_config
from rnnkit.data.batch.buckets import Buckets
from rnnkit.data.batch.streams import Streams
from rnnkit.data.encode.ragged import Sequences
from rnnkit.engine.forward import Engine
from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.metrics.next_token import score_logits
from rnnkit.models.build import build_model, build_stream, get_weights, set_weights
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.pool import Pool
from rnnkit.names import find_config
from rnnkit.registry import OPTIMIZERS
from rnnkit.run import RunFolder
from rnnkit.tasks.language_model.task import next_token_objective
from rnnkit.tasks.prepared import Source
from rnnkit.training.batches import Batch
from rnnkit.training.checkpoint import load_checkpoint
from rnnkit.training.fit import Fit
from rnnkit.training.options import Train
from tests.random_models import architecture
from tests.streams import stream
from tests.training import Rows, line_fit, means, squares, weight


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


# What it computes


def test_a_step_reports_its_own_loss_from_before_its_update() -> None:
    """w is 0, 1/2, 3/4, 7/8: the losses are 1, 1/4, 1/16, exactly."""
    fit, recorder = line_fit(Rows([1.0, 1.0, 1.0], batch_size=1), epochs=1), Recorder()
    fit.go([recorder])
    assert [log["loss"] for log in recorder.logs["train_batch_end"]] == [1.0, 0.25, 0.0625]
    assert recorder.weights == [0.5, 0.75, 0.875]
    assert fit.progress.history[0]["loss"] == (1.0 + 0.25 + 0.0625) / 3


def test_scores_of_an_epoch_are_sums_over_rows_and_padding_counts_nothing() -> None:
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


def test_validation_scores_every_row_once_after_the_update() -> None:
    """After the first epoch w = 1/2; three validation rows in steps of two are off by 0, 1/2 and
    3/2.
    """
    fit = line_fit(Rows([1.0]), Rows([0.5, 1.0, 2.0], batch_size=2), epochs=1)
    fit.go()
    row = fit.progress.history[0]
    assert row["val_loss"] == pytest.approx((0.0 + 0.25 + 2.25) / 3, abs=1e-7)
    assert row["val_accuracy"] == pytest.approx(1 / 3)


def test_validation_changes_nothing() -> None:
    with_validation, without = (
        line_fit(Rows([1.0]), Rows([5.0]), epochs=3),
        line_fit(Rows([1.0]), epochs=3),
    )
    with_validation.go()
    without.go()
    assert weight(with_validation) == weight(without) == 0.875


def test_scores_and_samples_do_not_change_what_is_drawn_for_dropout() -> None:
    """keras' recurrent layers draw dropout masks even when they only answer."""

    class Ask(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model(np.zeros((2, 3), np.int32), training=False)

    options = [
        "model.layers=[{lstm: {units: 4, dropout: 0.5, recurrent_dropout: 0.5, unroll: true}}]",
        "data.split.validation=0.3",
    ]
    fits = [fable_fit(*options) for _ in range(2)]
    fits[1] = replace(fits[1], validation=None)
    fits[0].go([Ask()])
    fits[1].go()
    for asked, alone in zip(fits[0].model.variables, fits[1].model.variables, strict=True):
        np.testing.assert_array_equal(asked.numpy(), alone.numpy())


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_optimizer_trains(name: str) -> None:
    """Three steps with a mean pool and two dense layers, so that there are matrices, biases and an
    embedding.
    """
    fit = fable_fit(
        "model.layers=[{dense: 8}, {pool: mean}]", f"train.optimizer={name}", "train.max_steps=3"
    )
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


# Clipping


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
def test_clipping_bounds_the_update(options: dict[str, Any], update: float) -> None:
    """The gradient of (100 - w)^2 at w = 0 is -200; plain gradient descent with rate 1 moves by
    exactly the clipped gradient.
    """
    fit = line_fit(Rows([100.0]), epochs=1, learning_rate=1.0, **options)
    fit.go()
    assert weight(fit) == pytest.approx(update, rel=1e-6)


def get_weights_of(fit: Fit) -> list[np.ndarray]:
    return [np.array(variable.numpy()) for variable in fit.model.trainable_variables]


# When it stops


def test_max_steps_stops_within_an_epoch_and_the_scores_are_those_of_the_steps_done() -> None:
    fit = line_fit(Rows([1.0, 1.0, 1.0], batch_size=1), epochs=9, max_steps=5)
    fit.go()
    assert fit.progress.step == 5
    assert [row["loss"] for row in fit.progress.history] == [
        (1 + 1 / 4 + 1 / 16) / 3,
        (1 / 64 + 1 / 256) / 2,
    ]
    assert weight(fit) == 1 - 2**-5


def test_epochs_bound_a_training_whatever_max_steps_says() -> None:
    fit = line_fit(Rows([1.0]), epochs=2, max_steps=50)
    fit.go()
    assert (fit.progress.step, fit.progress.epoch, fit.total_steps) == (2, 2, 2)


@pytest.mark.parametrize(
    ("early_stopping", "epochs", "best"),
    [
        # Losses 1, 1/4, 1/16, 1/64, 1/256 ...: every epoch is better, but by ever less.
        (None, 8, 8),
        ({"patience": 1}, 8, 8),
        # Too little to go on for, and still the best weights.
        ({"patience": 1, "min_delta": 0.1}, 4, 4),
        ({"patience": 3, "min_delta": 0.1}, 6, 6),
        ({"patience": 1, "min_delta": 0.8}, 2, 2),
    ],
)
def test_early_stopping_waits_for_an_improvement_by_min_delta(
    early_stopping: dict[str, Any] | None, epochs: int, best: int
) -> None:
    fit = line_fit(Rows([1.0]), epochs=8, early_stopping=early_stopping)
    assert fit.go() is None
    assert [row["epoch"] for row in fit.progress.history] == list(range(1, epochs + 1))
    assert fit.progress.best_epoch == best


def test_a_finished_early_stopping_is_complete_until_its_patience_is_raised() -> None:
    fit = line_fit(Rows([1.0]), epochs=8, early_stopping={"patience": 1, "min_delta": 0.1})
    fit.go()
    again = line_fit(
        Rows([1.0]), run=fit.run, epochs=8, early_stopping={"patience": 1, "min_delta": 0.1}
    )
    again.restore(load_checkpoint(fit.run.checkpoints))
    assert again.is_complete
    patient = line_fit(
        Rows([1.0]), run=fit.run, epochs=8, early_stopping={"patience": 2, "min_delta": 0.1}
    )
    patient.restore(load_checkpoint(fit.run.checkpoints))
    assert not patient.is_complete
    patient.go()
    assert [row["epoch"] for row in patient.progress.history] == [1, 2, 3, 4, 5]


def padded_fit(run: RunFolder, max_steps: int | None = None, average: float | None = None) -> Fit:
    """A training on texts of unequal length, in batches of two widths, both ways, with dropout
    everywhere.
    """
    generator = np.random.default_rng(1)
    texts = Sequences.of(
        generator.integers(1, 9, length) for length in generator.integers(1, 10, 20)
    )
    body = [
        Dropout(rate=0.3),
        LSTM(units=3, bidirectional=True, dropout=0.3, recurrent_dropout=0.2),
        Pool(mode="attention"),
        Dropout(rate=0.3),
    ]
    backend.seed(5)
    model = build_model(
        architecture(Embedding(dim=3), *body, timesteps=None, features=9, outputs=1, padded=True)
    )
    train = Buckets(texts, generator.integers(0, 2, 20).astype(np.float32), 4, [5, 9])
    options = Train.model_validate(
        {
            "optimizer": "adam",
            "epochs": 2,
            "max_steps": max_steps,
            "average": average,
            "checkpoint": {"every_seconds": None},
        }
    )
    return Fit(model, squares, means, train, None, options, run)


def test_a_padded_training_goes_on_exactly_within_an_epoch() -> None:
    straight, stopped = (
        padded_fit(RunFolder.create("straight", "x\n")),
        padded_fit(RunFolder.create("stopped", "x\n"), max_steps=3),
    )
    straight.go()
    stopped.go()
    assert straight.train.steps >= 5
    resumed = padded_fit(stopped.run)
    resumed.restore(load_checkpoint(stopped.run.checkpoints))
    assert (resumed.progress.epoch, resumed.progress.batch) == (0, 3)
    resumed.go()
    assert [row["loss"] for row in resumed.progress.history] == [
        row["loss"] for row in straight.progress.history
    ]
    for ours, theirs in zip(resumed.model.variables, straight.model.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy(), err_msg=ours.path)
    assert (get_weights_of(stopped)[0] != get_weights_of(straight)[0]).any()


# Streams


def stream_fit(
    run: RunFolder,
    *,
    model: list[LayerSpec] | None = None,
    validation: bool = False,
    text: int = 47,
    **options: Any,
) -> Fit:
    """A training on three streams of random tokens in chunks of four steps, the last one filled up;
    with everything that is drawn, by default.
    """
    generator = np.random.default_rng(2)
    ids = generator.integers(0, 6, text).astype(np.int32)
    drawn: list[LayerSpec] = [
        Dropout(rate=0.3, drop="features"),
        LSTM(units=4, weight_drop=0.4, dropout=0.2, activation_l2=0.1, slowness_l2=0.1),
        Dropout(rate=0.3),
        Dense(units=3),
    ]
    built = stream(Embedding(dim=3), *(drawn if model is None else model), tied=model is None)
    backend.seed(5)
    held_out = Streams(generator.integers(0, 6, 23).astype(np.int32), 2, 4) if validation else None
    train = Train.model_validate(
        {
            "optimizer": "adam",
            "epochs": 2,
            "learning_rate": 0.01,
            "checkpoint": {"every_seconds": None},
        }
        | options
    )
    states = [(size or 0,) for shapes in built.states().values() for (size,) in shapes]
    return Fit(
        build_stream(built),
        next_token_objective(),
        means,
        Streams(ids, 3, 4),
        held_out,
        train,
        run,
        states=states,
    )


class Losses(keras.callbacks.Callback):
    """The mean loss of each step."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.seen.append(logs["loss"])


def read_by_hand(fit: Fit, architecture: Architecture, batches: Any) -> list[float]:
    """The mean loss of each chunk, by NumPy, from zeros at the first and then from where the one
    before ended.
    """
    engine = Engine(architecture, get_weights(fit.model, architecture))
    states, losses = engine.start(batches.batch_size), []
    for inputs, targets, weights in batches.in_order():
        logits, states = engine.go_on(inputs, states)
        counted = weights > 0
        losses.append(score_logits(logits[counted], targets[counted]).loss)
    return losses


@pytest.mark.backend
def test_the_state_is_carried_from_step_to_step_and_starts_at_zero_in_every_epoch() -> None:
    """With a rate at which nothing moves, every epoch reads the same losses as NumPy does; so does
    validation, which has a state of its own.
    """
    body: list[LayerSpec] = [LSTM(units=4), SimpleRNN(units=3)]
    fit, losses = (
        stream_fit(
            RunFolder.create("still", "x\n"), model=body, validation=True, learning_rate=1e-12
        ),
        Losses(),
    )
    model = stream(Embedding(dim=3), *body)
    # so that the state matters
    weights = {name: array * 3 for name, array in get_weights(fit.model, model).items()}
    set_weights(fit.model, model, weights)
    fit.go([losses])
    expected = read_by_hand(fit, model, fit.train)
    assert fit.train.steps == 4
    assert losses.seen == pytest.approx(expected * 2, rel=1e-5)
    assert fit.validation is not None
    held_out = [batch.weights.sum() for batch in fit.validation.in_order()]  # type: ignore[attr-defined]
    mean = float(np.average(read_by_hand(fit, model, fit.validation), weights=held_out))
    assert [row["val_loss"] for row in fit.progress.history] == pytest.approx([mean] * 2, rel=1e-5)
    forgetful = Engine(model, weights)
    alone = [
        score_logits(forgetful(inputs)[counts > 0], targets[counts > 0]).loss
        for inputs, targets, counts in fit.train.in_order()
    ]
    assert alone[0] == pytest.approx(expected[0], rel=1e-5)
    assert min(abs(one - other) for one, other in zip(alone[1:], expected[1:], strict=True)) > 1e-4


@pytest.mark.backend
def test_a_stream_goes_on_exactly_within_an_epoch(max_steps: int = 6) -> None:
    """Weights, losses and every further variable, dropout and weight drop included, carried states
    too.
    """
    straight, whole = stream_fit(RunFolder.create("straight", "x\n"), validation=True), Losses()
    straight.go([whole])
    stopped, first = (
        stream_fit(RunFolder.create("stopped", "x\n"), validation=True, max_steps=max_steps),
        Losses(),
    )
    stopped.go([first])
    resumed, rest = stream_fit(stopped.run, validation=True), Losses()
    resumed.restore(load_checkpoint(stopped.run.checkpoints))
    assert (resumed.progress.epoch, resumed.progress.batch) == divmod(max_steps, 4)
    resumed.go([rest])
    assert first.seen + rest.seen == whole.seen
    assert [row["loss"] for row in resumed.progress.history] == [
        row["loss"] for row in straight.progress.history
    ]
    assert resumed.progress.history[-1]["val_loss"] == straight.progress.history[-1]["val_loss"]
    for ours, theirs in zip(resumed.model.variables, straight.model.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs), err_msg=ours.path)
    assert len(set(whole.seen)) == 8


def test_a_checkpoint_within_an_epoch_holds_the_carried_state() -> None:
    fit = stream_fit(
        RunFolder.create("held", "x\n"),
        checkpoint={"every_steps": 1, "every_seconds": None, "keep": 9},
        max_steps=3,
    )
    fit.go()
    arrays = load_checkpoint(fit.run.checkpoints).arrays
    states = {name: array for name, array in arrays.items() if name.startswith("state/")}
    assert [array.shape for array in states.values()] == [(3, 4), (3, 4)]
    assert all(np.abs(array).max() > 0 for array in states.values())


def test_a_text_shorter_than_one_chunk_is_one_step() -> None:
    # two tokens to predict in each stream
    fit, losses = stream_fit(RunFolder.create("short", "x\n"), text=7, epochs=3), Losses()
    fit.go([losses])
    assert (fit.train.steps, len(losses.seen)) == (1, 3)
    assert np.isfinite(losses.seen).all()


# What it keeps


def test_the_best_weights_are_kept_when_later_epochs_are_worse() -> None:
    """w is 1/2, 3/4, 7/8 on its way to 1; validation wants 3/4: epoch 2 is the best."""
    fit = line_fit(Rows([1.0]), Rows([0.75]), epochs=5)
    fit.go()
    assert [row["val_loss"] for row in fit.progress.history[:3]] == [1 / 16, 0.0, 1 / 64]
    assert (fit.progress.best_epoch, fit.monitor.column, fit.monitor.best_score(fit.progress)) == (
        2,
        "val_loss",
        0.0,
    )
    assert weight(fit) == 1 - 2**-5
    fit.load_best_weights()
    assert weight(fit) == 0.75


@pytest.mark.backend
def test_averaged_weights_are_scored_and_kept_and_the_training_goes_on_with_its_own() -> None:
    """w is 1/2, 3/4, 7/8; an average that takes a quarter of each step is 1/2, then 9/16, then
    41/64.
    """
    fit, recorder = line_fit(Rows([1.0]), Rows([0.0]), epochs=3, average=0.75), Recorder()
    fit.go([recorder])
    assert [row["val_loss"] for row in fit.progress.history] == pytest.approx(
        [(1 / 2) ** 2, (9 / 16) ** 2, (41 / 64) ** 2]
    )
    assert weight(fit) == 7 / 8
    fit.load_best_weights()
    assert weight(fit) == 1 / 2


def test_an_averaged_training_goes_on_exactly() -> None:
    straight = padded_fit(RunFolder.create("straight", "x\n"), average=0.9)
    stopped = padded_fit(RunFolder.create("stopped", "x\n"), max_steps=3, average=0.9)
    straight.go()
    stopped.go()
    resumed = padded_fit(stopped.run, average=0.9)
    resumed.restore(load_checkpoint(stopped.run.checkpoints))
    resumed.go()
    for ours, theirs in zip(resumed.monitor.best, straight.monitor.best, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert any(
        (kept != last.numpy()).any()
        for kept, last in zip(straight.monitor.best, straight.model.weights, strict=True)
    )


@pytest.mark.parametrize(
    ("monitor", "epoch", "score", "best_weight"),
    [("accuracy", 1, 0.75, 0.5), ("loss", 3, 79 / 64, 0.875)],
)
def test_accuracy_is_better_when_it_is_higher(
    monitor: str, epoch: int, score: float, best_weight: float
) -> None:
    """Validation wants 1/2 three times and 3 once: w = 1/2 has the most hits, w = 7/8 the lowest
    mean square.
    """
    fit = line_fit(Rows([1.0]), Rows([0.5, 0.5, 0.5, 3.0]), epochs=3, monitor=monitor)
    fit.go()
    assert (fit.monitor.column, fit.progress.best_epoch) == (f"val_{monitor}", epoch)
    assert fit.monitor.best_score(fit.progress) == pytest.approx(score)
    fit.load_best_weights()
    assert weight(fit) == best_weight


def test_without_validation_the_training_score_is_monitored() -> None:
    fit = line_fit(Rows([1.0]), epochs=3)
    fit.go()
    assert (fit.monitor.column, fit.monitor.best_score(fit.progress), fit.progress.best_epoch) == (
        "loss",
        0.0625,
        3,
    )


def test_the_first_of_equal_epochs_is_the_best() -> None:
    fit = line_fit(Rows([0.0]), epochs=3)
    fit.go()
    assert (fit.progress.best_epoch, fit.progress.waited) == (1, 2)


def test_history_csv_holds_every_row() -> None:
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


# Loss that is no number


class Poison(Rows):
    """A target of infinity in one step of one epoch."""

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        inputs, targets, weights = super().shuffled(random_seed, epoch, step)
        return inputs, targets + np.float32(np.inf if (epoch, step) == (1, 2) else 0), weights


def test_a_loss_that_is_no_number_stops_and_leaves_the_last_checkpoint() -> None:
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


def test_weights_that_are_no_numbers_are_never_a_checkpoint_nor_the_best() -> None:
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


# Callbacks


def test_callbacks_get_every_event_in_keras_order() -> None:
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


def test_keras_fit_sends_the_same_events() -> None:
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


def test_a_callback_stops_at_the_end_of_an_epoch() -> None:
    class StopAfterTwo(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = epoch == 1

    fit = line_fit(Rows([1.0, 1.0], batch_size=1), epochs=9)
    assert fit.go([StopAfterTwo()]) is None
    assert (fit.progress.epoch, fit.progress.step) == (2, 4)


def test_a_callback_stops_within_an_epoch_as_in_keras() -> None:
    class StopAtThird(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_training = batch == 2

    fit, recorder = line_fit(Rows([1.0] * 9, batch_size=1), epochs=9), Recorder()
    fit.go([StopAtThird(), recorder])
    assert recorder.events[-3:] == ["train_batch_end 2", "epoch_end 0", "train_end"]
    assert fit.progress.step == 3
    assert fit.progress.history[0]["loss"] == (1 + 1 / 4 + 1 / 16) / 3


def test_keras_own_callbacks_work() -> None:
    """keras' EarlyStopping counts as ours does: validation is best at epoch 2 and then worse."""
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2)
    history = keras.callbacks.History()
    fit = line_fit(Rows([1.0]), Rows([0.75]), epochs=9)
    fit.go([stopping, history])
    assert stopping.stopped_epoch == 3
    assert history.history["val_loss"] == [row["val_loss"] for row in fit.progress.history]
    assert len(fit.progress.history) == 4


# Disks


def test_three_failed_checkpoints_in_a_row_end_the_training(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fit = line_fit(
        Rows([1.0] * 9, batch_size=1),
        run=RunFolder.create("full", "x\n"),
        epochs=1,
        checkpoint={"every_steps": 1},
    )
    assert fit.run.path.is_relative_to(small_disk)
    with pytest.raises(
        RnnkitError, match=r"checkpoint of step 5 not written: No space left on device.*--resume"
    ) as caught:
        fit.go([FillAfter(small_disk, 2)])
    assert caught.value.exit_code == RUN_FAILED
    assert [line.split(" not")[0] for line in caplog.messages] == [
        f"checkpoint of step {step}" for step in (3, 4)
    ]
    checkpoint = load_checkpoint(fit.run.checkpoints)
    assert checkpoint.state["progress"]["step"] == 2
    assert checkpoint.arrays["0000/kernel"] == 1 - 2**-2
    assert [path.name for path in fit.run.checkpoints.iterdir() if path.suffix == ".tmp"] == []


def test_a_full_disk_that_is_freed_in_time_costs_nothing(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fit = line_fit(
        Rows([1.0] * 9, batch_size=1),
        run=RunFolder.create("full", "x\n"),
        epochs=1,
        checkpoint={"every_steps": 1},
    )
    assert (
        fit.go([FillAfter(small_disk, 0, free_after=2), FillAfter(small_disk, 4, free_after=6)])
        is None
    )
    assert [line.split(" not")[0] for line in caplog.messages] == [
        f"checkpoint of step {step}" for step in (1, 2, 5, 6)
    ]
    assert load_checkpoint(fit.run.checkpoints).state["progress"]["step"] == 9


def test_a_finished_run_that_goes_on_bears_a_failed_checkpoint_too(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = {"checkpoint": {"every_steps": 1, "every_seconds": None}}
    first = line_fit(
        Rows([1.0] * 4, batch_size=1), run=RunFolder.create("full", "x\n"), epochs=1, **options
    )
    first.go()
    second = line_fit(Rows([1.0] * 4, batch_size=1), run=first.run, epochs=2, **options)
    second.restore(load_checkpoint(first.run.checkpoints))
    assert second.go([FillAfter(small_disk, 0, free_after=1)]) is None
    assert len(caplog.messages) == 1
    assert second.progress.step == 8


def test_a_full_disk_at_the_end_of_an_epoch_is_borne_but_the_last_checkpoint_must_be_written(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fit = line_fit(Rows([1.0] * 2, batch_size=1), run=RunFolder.create("full", "x\n"), epochs=2)
    with pytest.raises(
        RnnkitError, match=r"checkpoint of step 4 not written: No space left on device.*--resume"
    ):
        fit.go([FillAfter(small_disk, 0)])
    assert [line.split(" not")[0] for line in caplog.messages] == ["history.csv"] * 2


class FillAfter(keras.callbacks.Callback):
    """Fills the disk to its last byte after a step, and frees it after a later one."""

    def __init__(self, disk: Path, step: int, free_after: int | None = None):
        super().__init__()
        self._filler, self._step, self._free_after = disk / f"filler-{step}", step, free_after

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == self._step:
            with open(self._filler, "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(1024))
                except OSError:
                    pass
        if batch == self._free_after:
            self._filler.unlink()


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A real disk of half a megabyte, on which runs are kept."""
    import subprocess

    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("cannot mount a small disk (needs root)")
    monkeypatch.setenv("RNNKIT_RUNS", str(disk))
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
