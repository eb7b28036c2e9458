"""The minimal LSTM against its equation in plain numbers, and its gates where both are shut."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from rnnkit.cells.min_lstm import MinLSTM
from tests.cells.equations import SIZES, by_numpy, random_case, sigmoid


@given(**SIZES)
def test_coefficients_one_number_at_a_time(
    batch: int, timesteps: int, features: int, units: int, seed: int
) -> None:
    """f, i = sigmoid(x V + b); h_t = f / (f + i) h_{t-1} + i / (f + i) g(x W + b'); columns in the
    order f, i, candidate.
    """
    spec = MinLSTM(units=units)
    x, weights = random_case(spec, batch, timesteps, features, seed)
    kernel, bias = (array.tolist() for array in weights.values())
    expected = np.zeros((batch, timesteps, units))
    for row in range(batch):
        h = [0.0] * units
        for t in range(timesteps):
            inner = [
                sum(float(x[row, t, f]) * kernel[f][column] for f in range(features)) + bias[column]
                for column in range(3 * units)
            ]
            for unit in range(units):
                f, i = sigmoid(inner[unit]), sigmoid(inner[units + unit])
                candidate = inner[2 * units + unit]
                g = candidate + 0.5 if candidate >= 0 else sigmoid(candidate)
                h[unit] = f / (f + i) * h[unit] + i / (f + i) * g
            expected[row, t] = h
    np.testing.assert_allclose(by_numpy(spec, x, weights), expected, rtol=0, atol=5e-6)


def test_coefficients_where_both_gates_are_closed() -> None:
    """f = i = sigmoid(-200), zero in single precision, still halve: h_1 = 0.75, h_2 = 1.125."""
    weights = {
        "kernel": np.zeros((1, 3), np.float32),
        "bias": np.array([-200, -200, 1], np.float32),
    }
    outputs = by_numpy(MinLSTM(units=1), np.zeros((1, 2, 1), np.float32), weights)
    np.testing.assert_allclose(outputs[0, :, 0], [0.75, 1.125], atol=1e-6)
