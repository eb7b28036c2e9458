"""A user's own cell in one file, by --code: keras trains it, NumPy answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnkit.run import RunFolder
from rnnkit.workflows.trained import load_trained
from tests.cli.invoke import done, invoke
from tests.helpers.random_models import assert_engine_is_keras, random_inputs

CELL = '''\
from rnnkit.cells import Cell, RecurrentSpec


class LeakyCell(Cell):
    def shapes(self, features, units):
        return {"kernel": (features, units), "recurrent_kernel": (units, units), "bias": (units,)}

    def step(self, xp, projected, state, weights, spec):
        (h,) = state
        new = xp.tanh(projected + xp.matmul(h, weights["recurrent_kernel"]))
        h = spec.leak * h + (1 - spec.leak) * new
        return h, (h,)


class Leaky(RecurrentSpec):
    """h_t = a h_{t-1} + (1 - a) tanh(x_t W + h_{t-1} U + b)."""

    cell = LeakyCell()
    leak: float = 0.5
'''
CONFIG = """\
task: {language_model: {window: 3}}
data: {dataset: fable, split: 0}
model:
  embedding: 8
  layers: ["my_leaky:Leaky": {units: 6, bidirectional: true}, "my_leaky:Leaky": 5]
train: {epochs: 2, batch_size: 50}
"""


@pytest.fixture(autouse=True)
def own_cell(tmp_path: Path) -> Iterator[None]:
    (tmp_path / "my_leaky.py").write_text(CELL)
    (tmp_path / "leaky.yaml").write_text(CONFIG)
    yield
    sys.modules.pop("my_leaky", None)


@pytest.mark.backend
def test_own_cell_trains_and_answers_by_numpy(runs: Path) -> None:
    trained = done("train", "leaky.yaml", "--smoke", "--code", "my_leaky.py")
    assert "model.keras: not written" in trained.stderr + trained.stdout
    run = RunFolder(runs / "leaky")
    assert not run.keras_export.exists()
    for arguments in (
        ["generate", "--seed", "had a general", "--max-new-tokens", 3],
        ["predict", "leaky", "--text", "had a general"],
    ):
        answer = done(*arguments, "--code", "my_leaky.py")
        assert answer.stdout
        assert "keras answers" not in answer.stderr
    loaded = load_trained(run)
    assert loaded.answers == "numpy"
    weights = run.load_weights(loaded.architecture.weight_shapes())
    windows = random_inputs(loaded.architecture, 0, 8)
    assert_engine_is_keras(loaded.architecture, weights, windows)


@pytest.mark.soak
def test_own_cell_trains_where_texts_are_padded(runs: Path) -> None:
    """Its state stands still where a step is padding."""
    layers = 'model.layers=["my_leaky:Leaky": {units: 4, bidirectional: true}]'
    done("train", "imdb_lstm", "--smoke", layers, "--code", "my_leaky.py")
    short = done("predict", "--text", "a good film", "--json", "--code", "my_leaky.py").stdout
    Path("texts.txt").write_text("a good film\nthe cat is good today it was good\n")
    lines = done("predict", "--input", "texts.txt", "--code", "my_leaky.py").stdout.splitlines()
    label, probability = lines[1].split(",")[-2:]
    best = json.loads(short)[0]
    assert label == best["label"]
    assert float(probability) == pytest.approx(best["probability"], abs=1e-5)


@pytest.mark.parametrize(("base", "spec"), [("lstm", "LSTM"), ("gru", "GRU")])
def test_own_cell_is_no_equation_that_keras_would_not_train(base: str, spec: str) -> None:
    """NumPy would answer by it, and keras' layer train the one that it is derived from."""
    Path("my_leaky.py").write_text(
        f"from rnnkit.cells.{base} import {spec}, {spec}Cell\n"
        f"class LeakyCell({spec}Cell):\n"
        "    def step(self, *arguments):\n        return super().step(*arguments)\n"
        f"class Leaky({spec}):\n    cell = LeakyCell()\n"
    )
    refused = invoke("check", "leaky.yaml", "--code", "my_leaky.py")
    assert refused.exit_code == 2
    assert f"LeakyCell.keras_layer: that of {spec}Cell" in refused.stderr
