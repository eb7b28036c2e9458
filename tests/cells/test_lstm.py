"""The LSTM cell against its equations in plain numbers and cases by hand."""

from __future__ import annotations

from math import log, tanh

import numpy as np
from hypothesis import given

from rnnkit.cells.lstm import LSTM
from tests.cells.equations import SIZES, by_numpy, product, random_case, sigmoid


@given(**SIZES)
def test_step_one_number_at_a_time(
    batch: int, timesteps: int, features: int, units: int, seed: int
) -> None:
    """i, f, o = sigmoid(x_t W + h_{t-1} U + b); g = tanh(...); c_t = f c_{t-1} + i g; h_t = o
    tanh(c_t); columns in the order i, f, g, o.
    """
    spec = LSTM(units=units)
    x, weights = random_case(spec, batch, timesteps, features, seed)
    kernel, recurrent, bias = (array.tolist() for array in weights.values())
    expected = np.zeros((batch, timesteps, units))
    for row in range(batch):
        h, c = [0.0] * units, [0.0] * units
        for t in range(timesteps):
            sums = zip(product(x[row, t], kernel), product(h, recurrent), bias, strict=True)
            inner = [of_x + of_h + own for of_x, of_h, own in sums]
            for unit in range(units):
                i, f, g, o = inner[unit::units]
                c[unit] = sigmoid(f) * c[unit] + sigmoid(i) * tanh(g)
                h[unit] = sigmoid(o) * tanh(c[unit])
            expected[row, t] = h
    np.testing.assert_allclose(by_numpy(spec, x, weights), expected, rtol=0, atol=5e-6)


def test_step_by_hand() -> None:
    weights = {
        "kernel": np.array([[1, 2, 3, 4]], np.float32),
        "recurrent_kernel": np.array([[2, -1, 1, 3]], np.float32),
        "bias": np.array([1, 0, -1, 2], np.float32),
    }
    x = np.array([[[1], [-1]]], np.float32)
    # x = 1:  i = 2, f = 2, g = 2, o = 6; c = 2 * 2 = 4; h = 6 * 4 = 24
    # x = -1: i = -1 + 48 + 1 = 48, f = -2 - 24 = -26, g = -3 + 24 - 1 = 20, o = -4 + 72 + 2 = 70
    #         c = -26 * 4 + 48 * 20 = 856; h = 70 * 856 = 59920
    linear = LSTM(units=1, activation="linear", recurrent_activation="linear")
    assert by_numpy(linear, x, weights).tolist() == [[[24], [59920]]]


def test_step_gates_by_hand() -> None:
    """Biases alone: sigmoid(ln 3) = 3/4, sigmoid(0) = 1/2, sigmoid(ln 4) = 4/5, tanh(ln 2) =
    3/5."""
    weights = {
        "kernel": np.zeros((1, 4), np.float32),
        "recurrent_kernel": np.zeros((1, 4), np.float32),
        "bias": np.array([log(3), 0, log(2), log(4)], np.float32),
    }
    # c_1 = 0.75 * 0.6 = 0.45; c_2 = 0.5 * 0.45 + 0.45 = 0.675
    outputs = by_numpy(LSTM(units=1), np.zeros((1, 2, 1), np.float32), weights)
    np.testing.assert_allclose(outputs[0, :, 0], [0.8 * tanh(0.45), 0.8 * tanh(0.675)], atol=1e-6)
