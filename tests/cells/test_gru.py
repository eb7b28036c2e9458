"""The GRU cell against its equations in plain numbers and cases by hand."""

from __future__ import annotations

from math import log, tanh

import numpy as np
from hypothesis import given

from rnnkit.cells.gru import GRU
from tests.cells.equations import SIZES, by_numpy, random_case, sigmoid


@given(**SIZES)
def test_step_one_number_at_a_time(
    batch: int, timesteps: int, features: int, units: int, seed: int
) -> None:
    """z, r = sigmoid(x W + b + h U + b'); hh = tanh(x W + b + r (h U + b')); h_t = z h_{t-1} + (1 -
    z) hh; columns in the order z, r, hh.
    """
    spec = GRU(units=units)
    x, weights = random_case(spec, batch, timesteps, features, seed)
    kernel, recurrent, bias = (array.tolist() for array in weights.values())
    expected = np.zeros((batch, timesteps, units))
    for row in range(batch):
        h = [0.0] * units
        for t in range(timesteps):
            of_x = [
                sum(float(x[row, t, f]) * kernel[f][column] for f in range(features))
                + bias[0][column]
                for column in range(3 * units)
            ]
            of_h = [
                sum(h[other] * recurrent[other][column] for other in range(units)) + bias[1][column]
                for column in range(3 * units)
            ]
            for unit in range(units):
                z = sigmoid(of_x[unit] + of_h[unit])
                r = sigmoid(of_x[units + unit] + of_h[units + unit])
                candidate = tanh(of_x[2 * units + unit] + r * of_h[2 * units + unit])
                h[unit] = z * h[unit] + (1 - z) * candidate
            expected[row, t] = h
    np.testing.assert_allclose(by_numpy(spec, x, weights), expected, rtol=0, atol=5e-6)


def test_step_by_hand() -> None:
    weights = {
        "kernel": np.array([[1, 2, 3]], np.float32),
        "recurrent_kernel": np.array([[2, 1, -1]], np.float32),
        "bias": np.array([[1, 0, 2], [0, 1, 1]], np.float32),
    }
    x = np.array([[[1], [-1]]], np.float32)
    # x = 1:  z = 1 + 1 = 2, r = 2 + 1 = 3, hh = 3 + 2 + 3 * 1 = 8; h = (1 - 2) * 8 = -8
    # x = -1: z = -1 + 1 - 16 = -16, r = -2 - 8 + 1 = -9, hh = -3 + 2 - 9 * (8 + 1) = -82
    #         h = -16 * -8 + (1 + 16) * -82 = 128 - 1394 = -1266
    linear = GRU(units=1, activation="linear", recurrent_activation="linear")
    assert by_numpy(linear, x, weights).tolist() == [[[-8], [-1266]]]


def test_step_gates_by_hand() -> None:
    """Biases alone: sigmoid(ln 3) = 3/4, sigmoid(ln 4) = 4/5, tanh(ln 2) = 3/5."""
    weights = {
        "kernel": np.zeros((1, 3), np.float32),
        "recurrent_kernel": np.zeros((1, 3), np.float32),
        "bias": np.array([[0, log(4), log(2)], [log(3), 0, 0]], np.float32),
    }
    # z = 0.75, hh = 0.6 (r multiplies a zero): h_1 = 0.25 * 0.6 = 0.15
    # h_2 = 0.75 * 0.15 + 0.15 = 0.2625
    outputs = by_numpy(GRU(units=1), np.zeros((1, 2, 1), np.float32), weights)
    np.testing.assert_allclose(outputs[0, :, 0], [0.15, 0.2625], atol=1e-6)
