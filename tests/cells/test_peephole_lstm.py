"""The LSTM with peepholes against its equation in plain numbers, and against keras' LSTM."""

from __future__ import annotations

from math import tanh
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from rnnkit.cells.lstm import LSTM
from rnnkit.cells.peephole_lstm import PeepholeLSTM
from rnnkit.engine.forward import Engine
from rnnkit.export.onnx.graphs import onnx_graphs
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from rnnkit.run import RunFolder
from rnnkit.workflows.trained import load_trained
from tests.cells.equations import SIZES, by_numpy, product, random_case, sigmoid
from tests.cli.invoke import done
from tests.export.onnx.sessions import first_output, step
from tests.helpers.random_models import (
    architecture,
    assert_engine_is_keras,
    random_inputs,
    random_weights,
)
from tests.helpers.streams import assert_same, random_states, stream, tokens


@given(**SIZES)
def test_step_one_number_at_a_time(
    batch: int, timesteps: int, features: int, units: int, seed: int
) -> None:
    spec = PeepholeLSTM(units=units)
    x, weights = random_case(spec, batch, timesteps, features, seed)
    kernel, recurrent, bias, peephole = (array.tolist() for array in weights.values())
    expected = np.zeros((batch, timesteps, units))
    for row in range(batch):
        h, c = [0.0] * units, [0.0] * units
        for t in range(timesteps):
            sums = zip(product(x[row, t], kernel), product(h, recurrent), bias, strict=True)
            inner = [of_x + of_h + own for of_x, of_h, own in sums]
            after = list(h)
            for u in range(units):
                i = sigmoid(inner[u] + peephole[u] * c[u])
                f = sigmoid(inner[units + u] + peephole[units + u] * c[u])
                c[u] = f * c[u] + i * tanh(inner[2 * units + u])
                o = sigmoid(inner[3 * units + u] + peephole[2 * units + u] * c[u])
                after[u] = o * tanh(c[u])
            h = after
            expected[row, t] = h
    np.testing.assert_allclose(by_numpy(spec, x, weights), expected, rtol=0, atol=5e-6)


def test_step_without_peepholes_is_an_lstm() -> None:
    spec, plain = PeepholeLSTM(units=4), LSTM(units=4)
    x, weights = random_case(spec, 2, 5, 3, seed=0)
    weights["peephole"] = np.zeros(12, np.float32)
    own = {name: array for name, array in weights.items() if name != "peephole"}
    np.testing.assert_allclose(by_numpy(spec, x, weights), by_numpy(plain, x, own), atol=1e-6)


@pytest.mark.parametrize("both_ways", [False, True])
def test_peephole_lstm_in_onnx_is_the_engine(both_ways: bool) -> None:
    pytest.importorskip("onnxruntime")
    layer = PeepholeLSTM(units=3, bidirectional=both_ways)
    model = architecture(Embedding(dim=3), layer, timesteps=None, padded=True)
    weights, inputs = random_weights(model, 0), random_inputs(model, 0, 4)
    found = first_output(onnx_graphs(model, weights)["model"], inputs)
    np.testing.assert_allclose(found, Engine(model, weights).outputs(inputs), atol=1e-5)


def test_peephole_lstm_in_onnx_carries_its_state() -> None:
    pytest.importorskip("onnxruntime")
    model = stream(Embedding(dim=4), PeepholeLSTM(units=5), Dense(units=3))
    weights, inputs = random_weights(model, 0), tokens(model, 0, 2, 3)
    engine = Engine(model, weights)
    states = random_states(engine, 0, 2)
    found = step(model, onnx_graphs(model, weights)["step"], inputs, states)
    assert_same(found, engine.step(inputs, states))


@pytest.mark.backend
def test_peephole_lstm_trains_from_an_lstm_and_answers_by_numpy(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "task: {language_model: {window: 3}}\ndata: {dataset: fable, split: 0}\n"
        "model: {embedding: 8, layers: [peephole_lstm: {units: 6, bidirectional: true},"
        " peephole_lstm: 5]}\ntrain: {epochs: 2, batch_size: 50}\n"
    )
    trained = done("train", "p.yaml")
    assert "model.keras: not written" in trained.stderr + trained.stdout
    opened = load_trained(RunFolder(runs / "p"))
    assert opened.answers == "numpy"
    weights = RunFolder(runs / "p").load_weights(opened.architecture.weight_shapes(), [])
    assert np.abs(weights["peephole_lstm_2/peephole"]).min() > 0
    assert weights["peephole_lstm_2/bias"][5:10].mean() == pytest.approx(1, abs=0.1)
    assert_engine_is_keras(opened.architecture, weights, random_inputs(opened.architecture, 0, 3))
