"""The minimal GRU against its equation in plain numbers and a case by hand."""

from __future__ import annotations

from math import log

import numpy as np
from hypothesis import given

from rnnkit.cells.min_gru import MinGRU
from tests.cells.equations import SIZES, by_numpy, random_case, sigmoid


@given(**SIZES)
def test_coefficients_one_number_at_a_time(
    batch: int, timesteps: int, features: int, units: int, seed: int
) -> None:
    """z = sigmoid(x V + b); h_t = (1 - z) h_{t-1} + z g(x W + b'); g(x) = x + 0.5 for x >= 0, else
    sigmoid(x); columns in the order z, candidate.
    """
    spec = MinGRU(units=units)
    x, weights = random_case(spec, batch, timesteps, features, seed)
    kernel, bias = (array.tolist() for array in weights.values())
    expected = np.zeros((batch, timesteps, units))
    for row in range(batch):
        h = [0.0] * units
        for t in range(timesteps):
            inner = [
                sum(float(x[row, t, f]) * kernel[f][column] for f in range(features)) + bias[column]
                for column in range(2 * units)
            ]
            for unit in range(units):
                z, candidate = sigmoid(inner[unit]), inner[units + unit]
                g = candidate + 0.5 if candidate >= 0 else sigmoid(candidate)
                h[unit] = (1 - z) * h[unit] + z * g
            expected[row, t] = h
    np.testing.assert_allclose(by_numpy(spec, x, weights), expected, rtol=0, atol=5e-6)


def test_coefficients_by_hand() -> None:
    """sigmoid(ln 3) = 3/4, sigmoid(-ln 3) = 1/4; g(2) = 2.5, g(-ln 3) = 1/4."""
    weights = {
        "kernel": np.array([[log(3), 2]], np.float32),
        "bias": np.zeros(2, np.float32),
    }
    # x = 1:  z = 3/4, g = 2.5; h_1 = 1.875
    # x = -1: z = 1/4, g = sigmoid(-2); h_2 = 3/4 * 1.875 + 1/4 sigmoid(-2)
    outputs = by_numpy(MinGRU(units=1), np.array([[[1], [-1]]], np.float32), weights)
    expected = [1.875, 0.75 * 1.875 + 0.25 * sigmoid(-2)]
    np.testing.assert_allclose(outputs[0, :, 0], expected, atol=1e-6)
