"""The plain recurrent cell against its equation in plain numbers, a case by hand, and keras."""

from __future__ import annotations

from math import tanh

import numpy as np
from hypothesis import given

from rnnkit.cells.simple_rnn import SimpleRNN
from tests.cells.equations import SIZES, by_numpy, random_case


@given(**SIZES)
def test_step_one_number_at_a_time(
    batch: int, timesteps: int, features: int, units: int, seed: int
) -> None:
    """h_t = tanh(x_t W + h_{t-1} U + b)."""
    spec = SimpleRNN(units=units)
    x, weights = random_case(spec, batch, timesteps, features, seed)
    kernel, recurrent, bias = (array.tolist() for array in weights.values())
    expected = np.zeros((batch, timesteps, units))
    for row in range(batch):
        h = [0.0] * units
        for t in range(timesteps):
            h = [
                tanh(
                    sum(float(x[row, t, f]) * kernel[f][unit] for f in range(features))
                    + sum(h[other] * recurrent[other][unit] for other in range(units))
                    + bias[unit]
                )
                for unit in range(units)
            ]
            expected[row, t] = h
    np.testing.assert_allclose(by_numpy(spec, x, weights), expected, rtol=0, atol=5e-6)


def test_step_by_hand() -> None:
    weights = {
        "kernel": np.array([[1, 2], [3, 4]], np.float32),
        "recurrent_kernel": np.array([[1, 0], [-1, 2]], np.float32),
        "bias": np.array([1, -1], np.float32),
    }
    x = np.array([[[1, 2], [0, 1]]], np.float32)
    # h_1 = [1 + 6 + 1, 2 + 8 - 1] = [8, 9]
    # h_2 = [3 + (8 - 9) + 1, 4 + 18 - 1] = [3, 21]
    linear = SimpleRNN(units=2, activation="linear")
    assert by_numpy(linear, x, weights).tolist() == [[[8, 9], [3, 21]]]
    # h_1 = relu([-7 + 1, -10 - 1]) = 0; h_2 = relu([-3 + 1, -4 - 1]) = 0
    relu = SimpleRNN(units=2, activation="relu")
    assert by_numpy(relu, -x, weights).tolist() == [[[0, 0], [0, 0]]]
