"""The convolution: its equation, the engine against keras, and padding that has no say."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.cells.lstm import LSTM
from rnnkit.engine.forward import Engine
from rnnkit.models.build import build_model, get_weights
from rnnkit.models.layers.conv import Conv
from rnnkit.models.layers.embedding import Embedding
from rnnkit.models.layers.numeric import Numeric
from rnnkit.models.layers.pool import Pool
from tests.helpers.random_models import (
    architecture,
    assert_engine_is_keras,
    random_inputs,
    random_weights,
    wider,
)


@pytest.mark.parametrize(
    ("width", "padded"),
    [
        (1, True),
        pytest.param(2, True, marks=pytest.mark.backend),
        (3, False),
        (4, True),
        (9, False),
    ],
)
def test_conv_of_the_engine_is_that_of_keras(width: int, padded: bool) -> None:
    for body in (
        [Conv(filters=4, width=width), Pool(mode="max")],
        [Conv(filters=4, width=width, activation="tanh"), LSTM(units=3, bidirectional=True)],
    ):
        model = architecture(Embedding(dim=3), *body, timesteps=None, padded=padded)
        assert {
            name: array.shape for name, array in get_weights(build_model(model), model).items()
        } == model.weight_shapes()
        assert_engine_is_keras(model, random_weights(model, 0), random_inputs(model, 1, 5))


def test_conv_ignores_padding() -> None:
    model = architecture(
        Embedding(dim=3), Conv(filters=4, width=5), Pool(mode="mean"), timesteps=None, padded=True
    )
    weights, texts = random_weights(model, 0), random_inputs(model, 0, 4)
    weights["embedding/embeddings"][0] = 1e6
    np.testing.assert_allclose(
        Engine(model, weights)(wider(texts, 6)), Engine(model, weights)(texts), rtol=1e-5
    )
    assert_engine_is_keras(model, weights, texts, wider(texts, 6))


def test_conv_by_the_equation() -> None:
    """Of width 3, a step sees the one before and the one after; of width 2 the one after; zeros
    beyond the ends.
    """
    x = np.array([[[1.0], [2.0], [4.0]]], np.float32)
    for width, kernel, expected in ((3, [100, 10, 1], [12, 124, 240]), (2, [10, 1], [12, 24, 40])):
        model = architecture(
            Numeric(),
            Conv(filters=1, width=width, activation="linear"),
            Pool(mode="last"),
            timesteps=3,
            features=1,
        )
        weights = {
            "conv/kernel": np.array(kernel, np.float32).reshape(width, 1, 1),
            "conv/bias": np.zeros(1, np.float32),
        }
        conv = model.layers[1]
        from rnnkit.engine.layers import conv as forward

        found = forward(
            x,
            {name.removeprefix("conv/"): array for name, array in weights.items()},
            conv,
            np.array([3]),
        )
        assert found[0, :, 0].tolist() == expected
