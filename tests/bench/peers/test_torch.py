"""PyTorch's own script computes what rnnkit computes, where torch is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.bench.peers.torch import Torch
from rnnkit.bench.peers.torch_layers import lacks
from rnnkit.bench.plain import Plain, plain
from rnnkit.bench.work import PeerLayer
from rnnkit.environment import is_installed
from tests.bench.peers.test_keras import STACKED, TIED
from tests.helpers.compared import STREAM, assert_same, labelled, small
from tests.helpers.conditioned import conditioned
from tests.helpers.paired import seq2seq


@pytest.mark.skipif(not is_installed("torch"), reason="pip install torch")
@pytest.mark.parametrize(
    "model",
    [
        pytest.param(
            lambda: small("model.embedding=one_hot", "model.layers=[gru: 3, pool: attention]"),
            id="window",
        ),
        pytest.param(lambda: small(*STREAM, "model.layers=[lstm: 3]"), id="stream"),
        pytest.param(
            lambda: plain(conditioned(layers=[{"lstm": 3}, {"gru": 4}]), 2), id="condition"
        ),
        pytest.param(lambda: plain(seq2seq(attention="additive"), 2), id="additive"),
        pytest.param(
            lambda: plain(seq2seq(encoder=STACKED, decoder=TIED, attention="multiplicative"), 2),
            id="multiplicative, tied",
        ),
    ],
)
def test_torch_trains_answers_and_decodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    made: Plain = model()
    assert_same(Torch(), made, tmp_path, "train", "predict", "generate")


def test_lacks_names_an_activation_that_torch_has_not() -> None:
    lstm = PeerLayer("lstm", "lstm", 3, True, {"units": 2, "activation": "relu"})
    assert "activation relu" in lacks(lstm)
    dense = PeerLayer("dense", "dense", 3, True, {"units": 2, "activation": "relu"})
    assert not lacks(dense)


@pytest.mark.skipif(not is_installed("torch"), reason="pip install torch")
def test_torch_trains_and_answers_several_labels(tmp_path: Path) -> None:
    assert_same(Torch(), labelled(tmp_path), tmp_path, "train", "predict")
