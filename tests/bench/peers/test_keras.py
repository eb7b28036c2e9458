"""Keras' own script computes what rnnkit computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.bench.peers.keras import Keras
from rnnkit.bench.plain import plain
from rnnkit.config import shipped_configs
from rnnkit.tasks.task import load_task
from tests.helpers.compared import OVERRIDES, SMALL, STREAM, assert_same, labelled, small
from tests.helpers.conditioned import conditioned
from tests.helpers.paired import DECODER, ENCODER, seq2seq
from tests.helpers.tagged import SMALL as SMALL_TAGGER
from tests.helpers.tagged import SPANS, write_rows

ALL = ("train", "predict", "generate")
TAGGED = "model.layers=[lstm: {units: 3, bidirectional: true}]"
FORECAST = ("task.forecasting.loss=quantile", "model.layers=[gru: 3]", "train.batch_size=4")
TIED = {
    "embedding": 3,
    "layers": [{"gru": 4}, {"dense": {"units": 3, "activation": "tanh"}}],
    "tie_weights": True,
}
STACKED = {"embedding": 3, "layers": [{"lstm": {"units": 2, "bidirectional": True}}, {"lstm": 3}]}


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param("[lstm: {units: 3, dropout: 0.1}]", id="one"),
        pytest.param(SMALL[1].partition("=")[2], marks=pytest.mark.soak, id="two"),
    ],
)
def test_keras_trains_and_answers_a_window_model(tmp_path: Path, layers: str) -> None:
    model = small("train.batch_size=40", f"model.layers={layers}")
    assert len(model.reading.inputs) == 80
    assert_same(Keras(), model, tmp_path, *ALL)


@pytest.mark.soak  # the answers of one are compared by ONNX in `make test`
@pytest.mark.parametrize(
    ("encoder", "decoder", "attention"),
    [
        pytest.param(ENCODER, DECODER, "additive", id="additive"),
        pytest.param(STACKED, TIED, "multiplicative", id="tied"),
        pytest.param(STACKED, DECODER, None, id="states alone"),
    ],
)
def test_keras_trains_and_decodes_an_encoder_decoder(
    tmp_path: Path, encoder: Any, decoder: Any, attention: Any
) -> None:
    model = plain(seq2seq(encoder=encoder, decoder=decoder, attention=attention), steps=2)
    assert model.reading.inputs.shape[0] == model.reading.context.shape[0] == 6
    assert_same(Keras(), model, tmp_path, *ALL)


@pytest.mark.soak
def test_keras_trains_and_decodes_from_a_condition(tmp_path: Path) -> None:
    model = plain(conditioned(layers=[{"lstm": 3}, {"gru": 4}]), steps=2)
    assert_same(Keras(), model, tmp_path, *ALL)


@pytest.mark.soak
def test_keras_trains_and_answers_a_stream(tmp_path: Path) -> None:
    model = small(*STREAM, "model.layers=[lstm: 3]", "model.tie_weights=false")
    assert model.reading.kind == "stream"
    assert model.reading.inputs.shape == (8, 5)
    assert_same(Keras(), model, tmp_path, *ALL)


@pytest.mark.soak
def test_keras_trains_a_tagger(tmp_path: Path) -> None:
    write_rows(SPANS * 3)
    (tmp_path / "t.yaml").write_text(SMALL_TAGGER, encoding="utf-8")
    model = plain(load_task(tmp_path / "t.yaml", [*OVERRIDES, TAGGED]), steps=2)
    assert model.reading.targets.shape == model.reading.inputs.shape == (8, 3)
    assert_same(Keras(), model, tmp_path, "train", "predict")


@pytest.mark.soak
def test_keras_trains_a_forecaster(tmp_path: Path) -> None:
    keys = [*OVERRIDES, *FORECAST]
    model = plain(load_task(shipped_configs()["toy_two_steps"], keys), steps=1)
    assert_same(Keras(), model, tmp_path, "train")


@pytest.mark.soak
@pytest.mark.parametrize("mode", ["mean", "max", "last", "attention"])
def test_keras_answers_one_hot_pools_and_dense_layers(tmp_path: Path, mode: str) -> None:
    layers = f"[gru: 3, pool: {mode}, dense: {{units: 3, activation: relu}}]"
    model = small("model.embedding=one_hot", f"model.layers={layers}")
    assert_same(Keras(), model, tmp_path, "train", "predict")


@pytest.mark.soak
def test_keras_trains_and_answers_several_labels(tmp_path: Path) -> None:
    assert_same(Keras(), labelled(tmp_path), tmp_path, "train", "predict")
