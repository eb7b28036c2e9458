"""Keras answers where NumPy does not know a layer."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from rnnkit.cells.gru import GRU
from rnnkit.cells.lstm import LSTM
from rnnkit.engine.forward import Engine
from rnnkit.generation.stepper import StreamStepper
from rnnkit.workflows.keras_outputs import KerasOutputs
from tests.helpers.encoder_decoders import encoder_decoder, sources, targets
from tests.helpers.random_models import random_weights


@pytest.mark.parametrize("score", [None, pytest.param("additive", marks=pytest.mark.backend)])
def test_keras_outputs_of_an_encoder_decoder_equal_numpys(
    score: Literal["additive"] | None,
) -> None:
    """Start, steps and reordered rows."""
    model = encoder_decoder([GRU(units=3, bidirectional=True)], [LSTM(units=4)], score)
    weights, source, tokens = random_weights(model, 1), sources(1, 3, 5), targets(1, 3, 3)
    found = []
    for outputs in (Engine(model, weights), KerasOutputs(model, weights)):
        stepper, rows = StreamStepper(outputs, source), np.array([1, 2, 0])
        logits, state = stepper.init_state(tokens[:, :1])
        next_logits, _ = stepper.step(tokens[rows, 1], stepper.reorder(state, rows))
        found.append((logits, next_logits))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)
