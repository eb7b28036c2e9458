"""What the keras layer of a cell that keras has not does in training: initializers, dropout."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.cells.min_gru import MinGRU
from rnnkit.models.initializers import Constant
from tests.cells.equations import in_place

pytestmark = pytest.mark.backend


def test_keras_layer_initializers_reach_each_weight() -> None:
    spec = MinGRU(units=2, kernel_initializer=Constant(value=3), bias_initializer=Constant(value=7))
    layer = spec.cell.keras_layer(spec, in_place(spec, 3))
    layer.build((None, None, 3))
    kernel, bias = map(np.asarray, layer.weights)
    assert (kernel == 3).all()
    assert (bias == 7).all()


def test_keras_layer_dropout_is_one_mask_in_training_only() -> None:
    """Of a kernel of ones over equal inputs, where only the candidate counts and z = 1/2."""
    spec = MinGRU(units=1, dropout=0.5)
    layer = spec.cell.keras_layer(spec, in_place(spec, 40))
    layer.build((None, None, 40))
    kernel = np.zeros((40, 2), np.float32)
    kernel[:, 1] = 1
    layer.weights[0].assign(kernel)
    x = np.ones((3, 4, 40), np.float32)
    # h_t = h_{t-1} / 2 + g / 2 gives g = 2 h_t - h_{t-1}
    for training in (False, True):
        h = np.asarray(layer(x, training=training))[..., 0]
        g = 2 * h - np.pad(h[:, :-1], ((0, 0), (1, 0)))
        np.testing.assert_allclose(g, np.repeat(g[:, :1], 4, axis=1), rtol=1e-5)
        assert (np.abs(g - 40.5) < 1e-3).all() != training
