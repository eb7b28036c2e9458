"""Where an encoder-decoder looks; runs that cannot say it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.registry import USER_MODULES
from rnnkit.workflows.code import import_file
from rnnkit.workflows.inspect.attention import attention
from rnnkit.workflows.train import train
from rnnkit.workflows.trained import load_trained
from tests.conftest import REPO

OWN = '''
from typing import Any

from rnnkit.architecture import Layer, LayerSpec, Shape


class Twice(LayerSpec):
    """y = 2 x."""

    def output_shape(self, inputs: Shape, sequence: bool) -> Shape:
        return inputs

    def build(self, layer: Layer) -> Any:
        import keras

        return keras.layers.Rescaling(2.0, name=layer.name)
'''


@pytest.fixture
def own_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A layer of the user's own, as a config names it."""
    monkeypatch.setattr("rnnkit.registry.USER_MODULES", list(USER_MODULES))
    monkeypatch.delitem(sys.modules, "own_twice", raising=False)
    (tmp_path / "own_twice.py").write_text(OWN, encoding="utf-8")
    import_file("own_twice.py")
    return '"own_twice:Twice"'


@pytest.mark.soak
def test_attention_refuses_a_model_that_keras_answers(
    own_layer: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It answers, with an encoder of keras too, but does not say where it looks."""
    caplog.set_level("INFO", "rnnkit")
    layers = [
        f"model.{side}.layers=[simple_rnn: 4, {own_layer}]" for side in ("encoder", "decoder")
    ]
    small = "data.dataset.reverse_digits={count: 30, min_digits: 2, max_digits: 3}"
    config = str(REPO / "configs" / "reverse_digits.yaml")
    run = train(config, [small, "train.max_steps=1", *layers]).run
    caplog.clear()
    trained = load_trained(run)
    assert trained.answers == "keras"
    assert "own_twice:Twice" in caplog.text
    assert trained.predictor.predict([trained.predictor.parse("1 2")]) != [None]
    with pytest.raises(RnnkitError, match="keras"):
        attention(str(run), "1 2")
