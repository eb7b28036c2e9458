"""Each engine gives the same answers, and says where another one answers in its place."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rnnkit
from rnnkit import kernels
from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.forward import Engine
from rnnkit.errors import RnnkitError
from rnnkit.kernels import library
from rnnkit.models.layers.dense import Dense
from rnnkit.models.layers.embedding import Embedding
from rnnkit.workflows.engines import ENGINES, outputs_of, use_engine
from rnnkit.workflows.keras_outputs import KerasOutputs
from tests.cli.invoke import done, invoke
from tests.helpers.random_models import architecture, random_inputs, random_weights

SEED = "had a general"
has_library = pytest.mark.skipif(bool(kernels.why_missing()), reason=kernels.why_missing())


class Own(Dense):
    """A user's own layer, which NumPy does not know."""


def test_every_engine_answers_alike(fable_run: Path) -> None:
    texts, shares = set(), []
    for engine in ENGINES:
        options = {"run": str(fable_run), "engine": engine}
        texts.update(rnnkit.generate(SEED, max_new_tokens=12, **options))  # type: ignore[arg-type]
        guesses = rnnkit.predict(SEED, top=3, **options)  # type: ignore[arg-type]
        shares.append(guesses.probability.tolist())
        opened = rnnkit.load_run(fable_run, engine=engine).trained  # type: ignore[arg-type]
        assert opened.answers == (engine if engine in ("keras", "onnx") else "numpy")
    assert len(texts) == 1
    np.testing.assert_allclose(shares, [shares[0]] * len(ENGINES), rtol=0, atol=1e-5)


def test_every_verb_that_answers_takes_an_engine(fable_run: Path, runs: Path) -> None:
    run = str(shutil.copytree(fable_run, runs / "fable"))  # evaluate writes into it
    for arguments in (
        ("generate", run, "--seed", SEED),
        ("predict", run, "--text", SEED),
        ("inspect", "surprise", run, "--text", f"{SEED} council"),
        ("evaluate", run),
    ):
        assert done(*arguments, "--engine", "numpy").stdout == done(*arguments).stdout
    assert "--engine" in invoke("generate", run, "--seed", SEED, "--engine", "torch").stderr
    assert "ONNX Runtime" in done("predict", run, "--text", SEED, "--engine", "onnx").stderr


def test_answered_by_an_unknown_engine() -> None:
    with pytest.raises(RnnkitError, match=r"engine.*'kernel'.*kernels"), use_engine("kernel"):
        pass


def test_outputs_of_kernels_without_a_library(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: list[str]
) -> None:
    model = architecture(Embedding(dim=3), LSTM(units=3))
    weights, inputs = random_weights(model, 1), random_inputs(model, batch=9, seed=1)
    expected = outputs_of(model, weights)(inputs)
    monkeypatch.setattr(library, "path", lambda: tmp_path / "none.so")
    with use_engine("kernels"):
        np.testing.assert_allclose(outputs_of(model, weights)(inputs), expected, atol=1e-5)
    assert any("none.so" in line and "NumPy answers" in line for line in said)


@has_library
def test_outputs_of_kernels_names_the_layers_that_have_none(said: list[str]) -> None:
    model = architecture(Embedding(dim=3), GRU(units=3), SimpleRNN(units=3, activation="relu"))
    with use_engine("kernels"):
        outputs_of(model, random_weights(model, 1))
    assert any("simple_rnn" in line and "gru" not in line for line in said)


def test_outputs_of_a_layer_that_numpy_does_not_know(said: list[str]) -> None:
    known = architecture(Embedding(dim=3), SimpleRNN(units=3))
    *layers, head = known.layers
    model = replace(known, layers=(*layers, replace(head, spec=Own(units=4))))
    weights, inputs = random_weights(model, 1), random_inputs(model, batch=4, seed=2)
    with use_engine("numpy"):
        outputs = outputs_of(model, weights)
    assert isinstance(outputs, KerasOutputs)
    assert any("keras answers" in line for line in said)
    np.testing.assert_allclose(outputs(inputs), Engine(known, weights)(inputs), atol=1e-5)
