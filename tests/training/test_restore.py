"""Trainings that stop within an epoch and continue exactly: padded texts, and streams of states."""

from __future__ import annotations

import shutil
from typing import Any

import keras
import numpy as np
import pytest

from rnnkit import backend
from rnnkit.architecture import Architecture, LayerSpec
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.data.batch.buckets import Buckets
from rnnkit.data.batch.streams import Streams
from rnnkit.data.encode.ragged import Sequences
from rnnkit.engine.forward import Engine
from rnnkit.metrics.next_token import score_logits
from rnnkit.models.build import build_model, build_stream, get_weights, set_weights
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.run import RunFolder
from rnnkit.tasks.next_token import next_token_objective
from rnnkit.training.checkpoint import load_checkpoint
from rnnkit.training.fit import Fit
from rnnkit.training.options import Train
from tests.helpers.random_models import architecture
from tests.helpers.streams import stream
from tests.training import means, squares

EVERY_STEP = {"every_steps": 1, "every_seconds": None, "keep": 99}


def stopped_after(fit: Fit, step: int) -> RunFolder:
    """A run as a power cut leaves it soon after the checkpoint of a step."""
    run = RunFolder.create("stopped", "x\n")
    shutil.copytree(fit.run.checkpoints / f"step-{step:09d}", run.checkpoints / f"step-{step:09d}")
    return run


def padded_fit(run: RunFolder) -> Fit:
    """A training on texts of unequal length, with dropout everywhere."""
    generator = np.random.default_rng(1)
    texts = Sequences.of(
        generator.integers(1, 9, length) for length in generator.integers(1, 10, 20)
    )
    body = [
        Dropout(rate=0.3),
        SimpleRNN(units=3, dropout=0.3),
        Dropout(rate=0.3),
    ]
    backend.seed(5)
    model = build_model(
        architecture(Embedding(dim=3), *body, timesteps=None, features=9, outputs=1, padded=True)
    )
    train = Buckets(texts, generator.integers(0, 2, 20).astype(np.float32), 4, [9])
    options = Train.model_validate(
        {
            "optimizer": {"adam": {"lazy": True}},
            "epochs": 2,
            "average": 0.9,
            "checkpoint": EVERY_STEP,
        }
    )
    return Fit(model, squares, means, train, None, options, run)


def test_restore_padded_is_exact() -> None:
    """Within an epoch, with dropout everywhere, lazy Adam and averaged weights."""
    straight = padded_fit(RunFolder.create("straight", "x\n"))
    straight.go()
    assert straight.train.steps >= 5
    resumed = padded_fit(stopped_after(straight, 3))
    resumed.restore(load_checkpoint(resumed.run.checkpoints))
    assert (resumed.progress.epoch, resumed.progress.batch) == (0, 3)
    resumed.go()
    assert [row["loss"] for row in resumed.progress.history] == [
        row["loss"] for row in straight.progress.history
    ]
    for ours, theirs in zip(resumed.model.variables, straight.model.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy(), err_msg=ours.path)
    for ours, theirs in zip(resumed.monitor.best, straight.monitor.best, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    last = [variable.numpy() for variable in straight.model.weights]
    pairs = zip(straight.monitor.best, last, strict=True)
    assert any((kept != array).any() for kept, array in pairs)


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
    states, losses = engine.init_state(batches.batch_size), []
    for inputs, targets, weights in batches.in_order():
        logits, states = engine.step(inputs, states)
        counted = weights > 0
        losses.append(score_logits(logits[counted], targets[counted]).loss)
    return losses


@pytest.mark.backend
def test_go_carries_states_within_an_epoch() -> None:
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
def test_restore_stream_is_exact(stopped: int = 6) -> None:
    """Weights, losses and every further variable, dropout and weight drop included, carried states
    too.
    """
    options: dict[str, Any] = {"validation": True, "checkpoint": EVERY_STEP}
    straight, whole = stream_fit(RunFolder.create("straight", "x\n"), **options), Losses()
    straight.go([whole])
    states = [
        array
        for name, array in load_checkpoint(straight.run.checkpoints).arrays.items()
        if name.startswith("state/")
    ]
    assert [array.shape for array in states] == [(3, 4), (3, 4)]
    assert all(np.abs(array).max() > 0 for array in states)
    resumed, rest = stream_fit(stopped_after(straight, stopped), **options), Losses()
    resumed.restore(load_checkpoint(resumed.run.checkpoints))
    assert (resumed.progress.epoch, resumed.progress.batch) == divmod(stopped, 4)
    resumed.go([rest])
    assert rest.seen == whole.seen[stopped:]
    assert [row["loss"] for row in resumed.progress.history] == [
        row["loss"] for row in straight.progress.history
    ]
    assert resumed.progress.history[-1]["val_loss"] == straight.progress.history[-1]["val_loss"]
    for ours, theirs in zip(resumed.model.variables, straight.model.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs), err_msg=ours.path)
    assert len(set(whole.seen)) == 8


def test_go_text_shorter_than_a_chunk() -> None:
    # two tokens to predict in each stream
    fit, losses = stream_fit(RunFolder.create("short", "x\n"), text=7, epochs=3), Losses()
    fit.go([losses])
    assert (fit.train.steps, len(losses.seen)) == (1, 3)
    assert np.isfinite(losses.seen).all()
