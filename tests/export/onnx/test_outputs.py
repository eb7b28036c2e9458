"""ONNX Runtime answers as the engine does, whatever the predictors ask for."""

from __future__ import annotations

import numpy as np

from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.engine.forward import Engine
from rnnkit.export.onnx import OnnxOutputs
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from tests.export.onnx.sessions import assert_close
from tests.helpers.encoder_decoders import encoder_decoder, sources, targets
from tests.helpers.random_models import architecture, random_inputs, random_weights
from tests.helpers.streams import random_states, stream, tokens


def test_outputs_of_texts_and_numbers() -> None:
    padded = architecture(
        Embedding(dim=3), GRU(units=3, bidirectional=True), timesteps=None, padded=True
    )
    for model in (padded, architecture(Numeric(), LSTM(units=3))):
        weights = random_weights(model, 1)
        inputs = random_inputs(model, 0, 4).astype(np.float64 if model is not padded else np.int64)
        expected = Engine(model, weights)(random_inputs(model, 0, 4))
        assert_close(OnnxOutputs.of(model, weights)(inputs), expected)


def test_outputs_of_a_stream_from_any_state() -> None:
    model = stream(Embedding(dim=3), LSTM(units=4), GRU(units=3))
    weights, text = random_weights(model, 0), tokens(model, 0, 3, 5)
    engine, by_onnx = Engine(model, weights), OnnxOutputs.of(model, weights)
    states = random_states(engine, 0, 3)
    logits, after = by_onnx.step(text, states)
    expected, expected_after = engine.step(text, states)
    assert_close(logits, expected)
    assert after.keys() == expected_after.keys()
    for name, arrays in after.items():
        for ours, theirs in zip(arrays, expected_after[name], strict=True):
            assert_close(ours, theirs)
    zeros = by_onnx.step(text, by_onnx.init_state(3))[0]
    assert_close(zeros, engine.step(text, engine.init_state(3))[0])
    assert_close(by_onnx(text), zeros)
    nothing, same = by_onnx.step(text[:, :0], states)
    assert_close(nothing, engine.step(text[:, :0], states)[0])
    assert same == states


def test_outputs_of_an_encoder_decoder_with_attention() -> None:
    """Its memory, and the shares of the last steps, are in the state."""
    model = encoder_decoder([GRU(units=3, bidirectional=True)], [LSTM(units=4)], "additive")
    weights, source, target = random_weights(model, 0), sources(0, 3, 5), targets(1, 3, 2)
    engine, by_onnx = Engine(model, weights), OnnxOutputs.of(model, weights)
    states, expected_states = (one.init_state(3, source) for one in (by_onnx, engine))
    for _ in range(2):
        logits, states = by_onnx.step(target, states)
        expected, expected_states = engine.step(target, expected_states)
        assert_close(logits, expected)
        assert states.keys() == expected_states.keys()
        assert_close(states["attention"][-1], expected_states["attention"][-1])
