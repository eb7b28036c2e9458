"""Sequences of numbers of unequal length: padding is no number, and changes no answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.architecture import LayerSpec
from rnnkit.cells.gru import GRU
from rnnkit.engine.forward import Engine
from rnnkit.models.build import build_model, set_weights
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.pool import Pool
from tests.helpers.random_models import architecture, assert_engine_is_keras, random_weights

LAYERS: list[list[LayerSpec]] = [
    [GRU(units=3, bidirectional=True), GRU(units=2)],
    [Conv(filters=3, width=3), Pool(mode="mean")],
    [GRU(units=3), Pool(mode="attention")],
]


def padded(lengths: list[int], width: int) -> np.ndarray:
    """Sequences of two features; steps from their lengths on are no numbers."""
    x = np.random.default_rng(0).normal(size=(len(lengths), width, 2)).astype(np.float32)
    x[np.arange(width) >= np.array(lengths)[:, None]] = np.nan
    return x


@pytest.mark.backend
@pytest.mark.parametrize("layers", LAYERS)
def test_padded_numbers_answer_as_if_they_were_alone(layers: list[LayerSpec]) -> None:
    model = architecture(Numeric(), *layers, timesteps=None, features=2, padded=True)
    weights, lengths = random_weights(model, 0), [5, 1, 3]
    x = padded(lengths, 6)
    assert_engine_is_keras(model, weights, x)
    engine = Engine(model, weights)
    together = engine.outputs(x)
    assert np.isfinite(together).all()
    for row, length in enumerate(lengths):
        alone = engine.outputs(x[row : row + 1, :length])
        np.testing.assert_allclose(together[row], alone[0], atol=1e-5)


def test_exported_model_reads_padded_numbers() -> None:
    """In plain keras."""
    import keras

    model = architecture(Numeric(), *LAYERS[0], timesteps=None, features=2, padded=True)
    weights, x = random_weights(model, 0), padded([4, 2], 5)
    twin = build_model(model.for_export())
    set_weights(twin, model, weights)
    twin.save(Path("m.keras"))
    answers = keras.models.load_model("m.keras").predict_on_batch(x)
    np.testing.assert_allclose(answers, Engine(model, weights).outputs(x), atol=1e-5)
