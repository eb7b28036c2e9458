"""Weights of eight bits, also of what onnxruntime does not compute with them."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.architecture import LayerSpec
from rnnkit.cells.gru import GRU
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.engine.forward import Engine
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.pool import Pool
from tests.helpers.random_models import architecture, random_inputs, random_weights

pytest.importorskip("onnxruntime")

from rnnkit.export.onnx.graphs import onnx_graphs
from rnnkit.export.onnx.outputs import OnnxOutputs
from rnnkit.export.onnx.quantized import quantized


@pytest.mark.parametrize(
    "layers",
    [
        [GRU(units=48, bidirectional=True), GRU(units=24)],
        [SimpleRNN(units=64, bidirectional=True), SimpleRNN(units=32)],
        [Conv(filters=64, width=5), Pool(mode="max")],
    ],
    ids=["gru", "simple_rnn", "conv"],
)
def test_quantized_keeps_every_matrix_in_eight_bits(layers: list[LayerSpec]) -> None:
    model = architecture(Embedding(dim=32), *layers, timesteps=9, features=300)
    weights = random_weights(model, 1, low=0.01, high=0.1)
    plain = onnx_graphs(model, weights)
    small = {name: quantized(content) for name, content in plain.items()}
    assert sum(map(len, small.values())) < 0.45 * sum(map(len, plain.values()))
    inputs = random_inputs(model, 2, 3)
    expected = Engine(model, weights)(inputs)
    off = np.abs(OnnxOutputs(model, small)(inputs) - expected).max()
    assert 0 < off < 0.15 * np.abs(expected).max()
