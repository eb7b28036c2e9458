"""Windows whose states are carried answer as windows that are read anew."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.architecture import LayerSpec
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.forward import Engine
from rnnkit.engine.windows import why_not_carried
from rnnkit.generation.stepper import Stepper, WindowStepper, window_stepper
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.dropout import Dropout
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.one_hot import OneHot
from rnnkit.models.layers.pool import Pool
from tests.helpers.random_models import EVERY_RECURRENT, architecture, random_weights

STACK = [SimpleRNN(units=4), Dropout(rate=0.5), GRU(units=6), LSTM(units=5)]
CARRIED: dict[str, list[LayerSpec]] = {
    "stack": STACK,
    "last": [GRU(units=5), Dense(units=3, activation="relu"), Pool(mode="last")],
    "head": [LSTM(units=4), Dense(units=7), Dropout(rate=0.1)],
    **{spec.__name__: [spec(units=9)] for spec in EVERY_RECURRENT},
}
WHOLE: dict[str, list[LayerSpec]] = {
    "reads backwards": [LSTM(units=3, bidirectional=True)],
    "pool": [LSTM(units=3), Pool(mode="mean")],
    "conv": [Conv(filters=3, width=3), LSTM(units=3)],
}
SEED = np.array([[1, 4, 0, 2], [3, 3, 1, 0]], np.int32)


def logits(stepper: Stepper) -> list[np.ndarray]:
    """Of the seed, of tokens after it, and after the rows were reordered into more rows."""
    first, state = stepper.init_state(SEED)
    second, state = stepper.step(np.array([2, 4]), state)
    state = stepper.reorder(state, np.array([1, 0, 1]))
    third, state = stepper.step(np.array([0, 1, 3]), state)
    return [first, second, third, stepper.step(np.array([4, 4, 2]), state)[0]]


@pytest.mark.parametrize("by_kernels", [True, False])
@pytest.mark.parametrize("window", [1, 3])
@pytest.mark.parametrize("body", CARRIED)
def test_windows_answer_as_those_read_anew(body: str, window: int, by_kernels: bool) -> None:
    model = architecture(Embedding(dim=4), *CARRIED[body], timesteps=window)
    engine = Engine(model, random_weights(model, 3), by_kernels=by_kernels)
    carried = engine.windows(window)
    assert carried is not None
    for one, other in zip(logits(carried), logits(WindowStepper(engine, window)), strict=True):
        assert np.abs(other).max() > 0.1
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_windows_of_one_hot_tokens() -> None:
    model = architecture(OneHot(), LSTM(units=4), timesteps=2)
    engine = Engine(model, random_weights(model, 3))
    for one, other in zip(
        logits(window_stepper(engine, 2)), logits(WindowStepper(engine, 2)), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("reason", WHOLE)
def test_why_not_carried(reason: str) -> None:
    model = architecture(Embedding(dim=4), *WHOLE[reason], timesteps=3)
    assert reason in why_not_carried(model)
    engine = Engine(model, random_weights(model, 3))
    assert isinstance(window_stepper(engine, 3), WindowStepper)
