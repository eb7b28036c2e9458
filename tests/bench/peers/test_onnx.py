"""ONNX Runtime computes what rnnkit computes, on the graphs that are exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.bench.peers.onnx import Onnx
from rnnkit.bench.plain import Plain, plain
from tests.helpers.compared import STREAM, assert_same, small
from tests.helpers.conditioned import conditioned
from tests.helpers.paired import DECODER, seq2seq

pytest.importorskip("onnxruntime", reason="pip install rnnkit[onnx]")

TIED = {"embedding": 4, "layers": [{"lstm": 4}], "tie_weights": True}


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(lambda: small("model.layers=[gru: 3, pool: max]"), id="window"),
        pytest.param(lambda: small(*STREAM, "model.layers=[lstm: 3]"), id="stream"),
        pytest.param(lambda: plain(conditioned(), 2), id="condition"),
        pytest.param(lambda: plain(seq2seq(attention="additive"), 2), id="additive"),
        pytest.param(
            lambda: plain(seq2seq(decoder=TIED, attention="multiplicative"), 2),
            id="multiplicative, tied",
        ),
        pytest.param(lambda: plain(seq2seq(decoder=DECODER, attention=None), 2), id="states"),
    ],
)
def test_onnx_answers_and_decodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    made: Plain = model()
    assert_same(Onnx(), made, tmp_path, "predict", "generate")
