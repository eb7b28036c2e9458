"""The engine's activations, against keras' and against numbers worked by hand."""

from __future__ import annotations

from math import log
from typing import get_args

import numpy as np
import pytest

from rnnkit.models.activations import ACTIVATIONS, Activation

NEAR = np.linspace(-12, 12, 97, dtype=np.float32)
FAR = np.array([-3e38, -1e4, -100, -30, 30, 100, 1e4], np.float32)

# exp(ln 2) = 2, sigmoid(ln 3) = 3/4, tanh(ln 2) = 3/5, softplus(0) = ln 2.
BY_HAND: dict[str, list[tuple[float, float]]] = {
    "elu": [(2, 2), (-log(2), -0.5), (-log(4), -0.75)],
    "exponential": [(0, 1), (log(2), 2), (-log(4), 0.25)],
    # x times the normal distribution's share below x
    "gelu": [(0, 0), (1, 0.8413447), (-1, -0.1586553)],
    "hard_sigmoid": [(-3, 0), (0, 0.5), (1.5, 0.75), (3, 1), (9, 1)],
    "hard_tanh": [(-7, -1), (0.25, 0.25), (7, 1)],
    "leaky_relu": [(5, 5), (-5, -1)],
    "linear": [(-3, -3), (4, 4)],
    # softplus is 1 there, tanh(1) = 0.7615942
    "mish": [(0, 0), (log(np.e - 1), log(np.e - 1) * 0.7615942)],
    "relu": [(-2, 0), (2, 2)],
    "relu6": [(-2, 0), (2, 2), (7, 6)],
    "selu": [(1, 1.0507010), (-log(2), 1.0507010 * 1.6732632 * -0.5)],
    "sigmoid": [(0, 0.5), (log(3), 0.75), (-log(3), 0.25)],
    "silu": [(0, 0), (log(3), 0.75 * log(3))],
    "softmax": [(2, 1)],  # of one number; more below
    "softplus": [(0, log(2)), (log(3), log(4))],
    "softsign": [(1, 0.5), (-3, -0.75)],
    "tanh": [(0, 0), (log(2), 0.6), (-log(3), -0.8)],
}


def test_activations_of_a_config_are_those_of_the_engine() -> None:
    assert list(get_args(Activation)) == sorted(ACTIVATIONS) == sorted(BY_HAND)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations_by_hand(name: str) -> None:
    for x, expected in BY_HAND[name]:
        assert ACTIVATIONS[name](np.array([x], np.float32)) == pytest.approx([expected], abs=1e-6)


def test_softmax_by_hand() -> None:
    rows = np.array([[log(1), log(2), log(5)], [1000, 1000, -1000]], np.float32)
    np.testing.assert_allclose(
        ACTIVATIONS["softmax"](rows), [[0.125, 0.25, 0.625], [0.5, 0.5, 0]], atol=1e-6
    )


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations_of_the_engine_are_those_of_keras(name: str) -> None:
    import keras

    # exp of a hundred is more than single precision holds.
    x = (NEAR if name == "exponential" else np.concatenate([NEAR, FAR]))[None]
    before = x.copy()
    expected = keras.ops.convert_to_numpy(
        keras.activations.get(name)(keras.ops.convert_to_tensor(x))
    )
    found = ACTIVATIONS[name](x)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)
    np.testing.assert_array_equal(x, before)
