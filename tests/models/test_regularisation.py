"""Weight drop and the regularisation of activations: while a model trains, and never else."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import keras
import numpy as np
import pytest

from rnnkit import backend
from rnnkit.backend import train_step
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.models.build import build_model, build_stream, set_weights
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.regularisation import Slowness
from tests.helpers.random_models import RECURRENT, architecture, random_inputs, random_weights
from tests.helpers.streams import stream, tokens

UNITS, RATE = 40, 0.3


def products(rate: float = RATE) -> Any:
    """A model of states alone: h_t = h_{t-1} U with U all ones, as [tokens, state] -> [logits that
    are h_t, state].
    """
    model = stream(
        Embedding(dim=2),
        SimpleRNN(units=UNITS, activation="linear", weight_drop=rate),
        vocabulary=UNITS,
    )
    weights = {name: np.zeros_like(array) for name, array in random_weights(model, 0).items()}
    weights |= {
        "simple_rnn/recurrent_kernel": np.ones((UNITS, UNITS), np.float32),
        "logits/kernel": np.eye(UNITS, dtype=np.float32),
    }
    backend.seed(0)
    built = build_stream(model)
    set_weights(built, model, weights)
    return built


def answers(model: Any, steps: int, *, training: bool) -> np.ndarray:
    """h_1, h_2 ... of each unit's own start, (units, steps, units): h_1 is the matrix U itself."""
    return np.asarray(
        model(
            [np.zeros((UNITS, steps), np.int32), np.eye(UNITS, dtype=np.float32)], training=training
        )[0]
    )


@pytest.mark.backend
def test_drop_recurrent_weights_drops_the_same_at_every_step() -> None:
    model = products()
    first, second = (answers(model, 3, training=True) for _ in range(2))
    for outputs in (first, second):
        dropped = outputs[:, 0]
        # what is kept grows, so that the mean stays
        assert set(np.unique(dropped).tolist()) == {
            0.0,
            float(np.float32(1) / np.float32(1 - RATE)),
        }
        assert (dropped == 0).mean() == pytest.approx(RATE, abs=0.05)  # four standard deviations
        np.testing.assert_allclose(outputs[:, 1], dropped @ dropped, rtol=1e-5)
        np.testing.assert_allclose(outputs[:, 2], dropped @ dropped @ dropped, rtol=1e-5)
    assert (first[:, 0] != second[:, 0]).mean() > 0.3


@pytest.mark.backend
def test_drop_recurrent_weights_only_in_training() -> None:
    model = products()
    for _ in range(2):  # before a step of training, and after one
        np.testing.assert_allclose(answers(model, 2, training=False)[:, 0], 1)
        np.testing.assert_allclose(
            answers(model, 2, training=False), answers(products(rate=0.0), 2, training=False)
        )
        answers(model, 2, training=True)
    assert (np.asarray(model.get_layer("simple_rnn").cell.recurrent_kernel) == 1).all()


@pytest.mark.backend
def test_drop_recurrent_weights_gradients_reach_what_is_kept() -> None:
    """The sum of h_1 over all starts is that of the masked matrix: its gradient is the mask."""

    def total(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
        return {"loss": keras.ops.sum(outputs), "weight": keras.ops.sum(weights)}

    model = products()
    step = train_step(model, keras.optimizers.SGD(1.0), total, (np.eye(UNITS, dtype=np.float32),))
    sums = step(
        np.zeros((UNITS, 1), np.int32),
        np.zeros((UNITS, 1), np.int32),
        np.ones((1, 1), np.float32),
        1.0,
    )
    step.sync()
    moved = 1 - np.asarray(model.get_layer("simple_rnn").cell.recurrent_kernel)
    assert (moved == 0).mean() == pytest.approx(RATE, abs=0.05)
    np.testing.assert_allclose(moved[moved != 0], 1 / (1 - RATE), rtol=1e-5)
    assert sums["loss"] == pytest.approx(moved.sum(), rel=1e-5)
    # the mask of the step that was taken
    np.testing.assert_allclose(np.asarray(step.carried[0]), moved, rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "bidirectional", "padded"),
    [*((kind, True, True) for kind in RECURRENT), (RECURRENT[0], False, False)],
)
def test_drop_recurrent_weights_of_every_layer_in_both_directions(
    kind: type[RecurrentSpec], bidirectional: bool, padded: bool
) -> None:
    """The head tells both halves apart; answers are those of the layer without weight drop, to the
    last digit.
    """
    spec = kind(units=4, bidirectional=bidirectional, weight_drop=0.5)
    model = architecture(
        Embedding(dim=3),
        spec,
        timesteps=None,
        features=9,
        outputs=8 if bidirectional else 4,
        padded=padded,
    )
    outputs = model.output_shape[0] or 0
    weights = random_weights(model, 0) | {
        "logits/kernel": np.eye(outputs, dtype=np.float32),
        "logits/bias": np.zeros(outputs, np.float32),
    }
    inputs = random_inputs(model, 0, 6)
    with_drop, without = build_model(model), build_model(model.for_export())
    for built in (with_drop, without):
        set_weights(built, model, weights)
    np.testing.assert_array_equal(
        np.asarray(with_drop(inputs, training=False)), np.asarray(without(inputs, training=True))
    )
    one, two = (np.asarray(with_drop(inputs, training=True)) for _ in range(2))
    for half in np.split(np.abs(one - two).max(axis=0), 2 if bidirectional else 1):
        assert half.max() > 1e-3


def test_drop_recurrent_weights_keeps_the_keras_layers() -> None:
    model = stream(
        Embedding(dim=2),
        LSTM(units=3, weight_drop=0.5),
        GRU(units=3, weight_drop=0.5, activation_l2=1.0),
    )
    built = build_stream(model)
    assert [type(built.get_layer(name)) for name in ("lstm", "gru")] == [
        keras.layers.LSTM,
        keras.layers.GRU,
    ]
    plain = build_model(model.for_export())
    assert all(
        not hasattr(layer, "weight_drop_seeds") and layer.activity_regularizer is None
        for layer in plain.layers
    )
    assert plain.count_params() == built.count_params()


# Activations


def by_hand(outputs: np.ndarray, size: float, change: float) -> float:
    """a mean(h_t^2) + b mean((h_t - h_{t-1})^2)."""
    total, count = 0.0, 0
    for row in outputs.astype(np.float64):
        for before, after in pairwise(row):
            total += ((after - before) ** 2).sum()
            count += after.size
    return size * float((outputs.astype(np.float64) ** 2).mean()) + change * (
        total / count if count else 0.0
    )


@pytest.mark.parametrize(
    ("size", "change", "steps"), [(2.0, 0.0, 2), (0.0, 1.0, 7), (2.0, 1.0, 1), (2.0, 1.0, 7)]
)
def test_slowness_by_its_equation_whatever_the_batch(
    size: float, change: float, steps: int
) -> None:
    """Of the layer's outputs, at any number of steps, a single one too."""
    spec = GRU(units=3, activation_l2=size, slowness_l2=change)
    model = stream(Embedding(dim=2), spec)
    built = build_stream(model)
    weights = random_weights(model, 1) | {
        "logits/kernel": np.eye(3, 6, dtype=np.float32),
        "logits/bias": np.zeros(6, np.float32),
    }
    set_weights(built, model, weights)
    inputs, state = (
        tokens(model, 1, 4, steps),
        np.random.default_rng(1).uniform(-1, 1, (4, 3)).astype(np.float32),
    )
    for repeats in (1, 3):
        outputs = np.asarray(
            built([np.tile(inputs, (repeats, 1)), np.tile(state, (repeats, 1))], training=True)[0]
        )[:, :, :3]
        assert float(sum(map(float, built.losses))) == pytest.approx(
            by_hand(outputs, size, change), rel=1e-5, abs=1e-8
        )


@pytest.mark.backend
def test_slowness_of_both_directions() -> None:
    spec = LSTM(units=3, bidirectional=True, activation_l2=2.0, slowness_l2=1.0)
    model = architecture(Embedding(dim=2), spec, Dense(units=6), GRU(units=2), timesteps=None)
    built = build_model(model)
    inputs = random_inputs(model, 0, 4)
    built(inputs, training=True)
    both = np.asarray(built.get_layer("lstm")(np.asarray(built.get_layer("embedding")(inputs))))
    expected = by_hand(both[:, :, :3], 2.0, 1.0) + by_hand(both[:, :, 3:], 2.0, 1.0)
    assert float(sum(map(float, built.losses[-2:]))) == pytest.approx(expected, rel=1e-5)


def test_slowness_of_states_is_zero() -> None:
    assert float(Slowness(2.0, 1.0)(np.ones((3, 4), np.float32))) == 0


@pytest.mark.backend
def test_slowness_is_not_part_of_the_reported_loss() -> None:
    """It changes the step, not what is reported of it."""

    def mean_square(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
        return {"loss": keras.ops.sum(outputs**2), "weight": keras.ops.sum(weights)}

    told, moved = [], []
    for slowness in (0.0, 5.0):
        model = stream(Embedding(dim=2), SimpleRNN(units=3, slowness_l2=slowness))
        built = build_stream(model)
        set_weights(built, model, random_weights(model, 2))
        step = train_step(
            built, keras.optimizers.SGD(0.1), mean_square, (np.zeros((4, 3), np.float32),)
        )
        told.append(
            step(
                tokens(model, 2, 4, 5), np.zeros((4, 5), np.int32), np.ones((4, 5), np.float32), 0.1
            )["loss"]
        )
        step.sync()
        moved.append(np.asarray(built.get_layer("simple_rnn").cell.recurrent_kernel))
    assert told[0] == pytest.approx(told[1], rel=1e-6)
    assert np.abs(moved[0] - moved[1]).max() > 1e-3
