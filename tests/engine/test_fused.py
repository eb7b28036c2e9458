"""Answers by the kernels are those of the NumPy equations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit import kernels
from rnnkit.architecture import Architecture, LayerSpec
from rnnkit.cells import RecurrentSpec
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM, LSTMCell
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine import fused
from rnnkit.engine.forward import Engine
from rnnkit.kernels import library
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.pool import Pool
from tests.helpers.random_models import (
    EVERY_RECURRENT,
    Weights,
    architecture,
    random_inputs,
    random_weights,
    rounded,
)
from tests.helpers.streams import random_states, stream, tokens

pytestmark = pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())

Answer = Callable[[Engine], Any]


def with_and_without(
    model: Architecture, weights: Weights, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, Any]:
    """By the kernels, and where there is no library."""
    by_kernels = answer(Engine(model, weights))
    monkeypatch.setattr(library, "path", lambda: Path("none.so"))
    assert not kernels.is_available()
    return by_kernels, answer(Engine(model, weights))


def bodies() -> dict[str, list[LayerSpec]]:
    alone = {spec.__name__: [spec(units=9)] for spec in EVERY_RECURRENT}
    both = {f"two {spec.__name__}": [spec(units=5, bidirectional=True)] for spec in EVERY_RECURRENT}
    return {
        **alone,
        **both,
        "stack": [GRU(units=5, bidirectional=True), LSTM(units=7), SimpleRNN(units=4)],
        "pool": [LSTM(units=6), Pool(mode="mean")],
        "other activation": [LSTM(units=5, activation="relu"), GRU(units=6)],
    }


@pytest.mark.parametrize("body", bodies())
@pytest.mark.parametrize("first", ["embedding", "numeric"])
def test_run_is_the_equations(body: str, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = Embedding(dim=7) if first == "embedding" else Numeric()
    model = architecture(spec, *bodies()[body], timesteps=6, padded=first == "embedding")
    inputs = random_inputs(model, batch=40, seed=1)
    by_kernels, by_numpy = with_and_without(
        model, random_weights(model, 2), lambda engine: engine(inputs), monkeypatch
    )
    assert np.abs(by_numpy).max() > 0.1
    np.testing.assert_allclose(by_kernels, by_numpy, atol=1e-5)


def test_run_continues_from_a_state(monkeypatch: pytest.MonkeyPatch) -> None:
    model = stream(Embedding(dim=4), LSTM(units=5), GRU(units=6))
    weights, ids = random_weights(model, 5), tokens(model, seed=4, batch=12, steps=7)
    states = random_states(Engine(model, weights), seed=3, batch=12)
    by_kernels, by_numpy = with_and_without(
        model, weights, lambda engine: engine.step(ids, states), monkeypatch
    )
    np.testing.assert_allclose(by_kernels[0], by_numpy[0], atol=1e-5)
    for name, arrays in by_numpy[1].items():
        np.testing.assert_allclose(by_kernels[1][name], arrays, atol=1e-5)


def test_kernel_is_that_of_the_very_cell() -> None:
    """A subclass may compute something else, and other activations do."""

    class OwnCell(LSTMCell):
        pass

    class Own(LSTM):
        cell = OwnCell()

    assert fused.kernel(LSTM(units=2)) == "lstm"
    assert fused.kernel(Own(units=2)) is None
    assert fused.kernel(LSTM(units=2, recurrent_activation="hard_sigmoid")) is None
    assert fused.kernel(SimpleRNN(units=2, activation="relu")) is None


@pytest.mark.parametrize(
    ("window", "precision"), [(None, "bfloat16"), (3, "bfloat16"), (None, "int8"), (3, "int8")]
)
def test_rounded_answers_as_rounded_weights(
    window: int | None, precision: kernels.Precision
) -> None:
    """Windows that are read anew and carried ones, and a stream: its seed, and a step."""
    body = (Embedding(dim=6), GRU(units=20), LSTM(units=9))
    model = architecture(*body, timesteps=window) if window else stream(*body)
    weights = random_weights(model, 3)
    recurrent = [one.name for one in model.layers if isinstance(one.spec, RecurrentSpec)]
    nearest = {
        name: rounded(array, precision)
        if name.split("/")[0] in recurrent and "kernel" in name
        else array
        for name, array in weights.items()
    }
    engine, expected = Engine(model, weights), Engine(model, nearest, by_kernels=False)
    other = engine.rounded(precision)
    assert other is not None and other is engine.rounded(precision)
    assert expected.rounded(precision) is None
    ids = np.array([[1, 4, 2], [3, 0, 1]], np.int32)

    def answers(one: Engine) -> list[np.ndarray]:
        if window:
            carried = one.windows(window)
            assert carried is not None
            return [one(ids), carried.init_state(ids)[0]]
        first, state = one.step(ids, one.init_state(2))
        return [first, one.step(ids[:, :1], state)[0]]

    for found, nearly in zip(answers(other), answers(expected), strict=True):
        np.testing.assert_allclose(found, nearly, rtol=0, atol=1e-5)
    assert np.abs(answers(engine)[0] - answers(other)[0]).max() > 1e-5
