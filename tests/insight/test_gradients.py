"""The reach of gradients, compared with hand computation and eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.cells.lstm import LSTM
from rnnkit.cells.recurrent import RecurrentSpec
from rnnkit.cells.simple_rnn import SimpleRNN
from rnnkit.insight.gradients import Flow, largest_eigenvalue, norms_by_distance, spectral_radius


def flow(*norms: float) -> Flow:
    return Flow("lstm", "forward", np.array(norms), 1.0)


@pytest.mark.parametrize(
    ("norms", "verdict", "reach", "rate"),
    [
        ([2, 1, 0.5, 0.25], "reaches back 3 steps, where 12 % is left", None, 0.5),
        ([1, 0.5, 0.005, 0.002], "vanishes: after 2 steps under 1 % is left", 2, 0.002 ** (1 / 3)),
        # it comes back
        ([1, 0.005, 0.5, 0.1], "reaches back 3 steps, where 10 % is left", None, 0.1 ** (1 / 3)),
        ([1, 2, 4, 8, 16], "explodes: grows 2 x a step, for 4 steps", None, 2),
        ([1, 2], "reaches back 1 step, where it is 2 times as large", None, 2),
        ([3], "has a single step, and none before it to reach", None, 1),
        ([1, 1e-20, 1e-40, 0], "vanishes: after 1 step under 1 % is left", 1, 1e-20),
        ([0, 0, 0], "vanishes: after 1 step under 1 % is left", 1, 1),
    ],
)
def test_flow_says_what_it_is(
    norms: list[float], verdict: str, reach: int | None, rate: float
) -> None:
    result = flow(*norms)
    assert result.verdict == verdict
    assert result.reach == reach
    assert result.rate == pytest.approx(rate)


def test_norms_by_distance_by_hand() -> None:
    gradients = np.array([[[3, 4], [0, 2], [0, 1]], [[6, 8], [0, 0], [9, 9]], [[1, 1]] * 3])
    sums, counts = norms_by_distance(gradients, np.array([2, 0, -1]), 3)
    assert sums.tolist() == [1 + 10, 2, 5]
    assert counts.tolist() == [2, 1, 1]


def test_spectral_radius_of_a_linear_cell_is_that_of_its_weights() -> None:
    generator = np.random.default_rng(0)
    kernel = generator.normal(size=(6, 6))
    spec = SimpleRNN(units=6, activation="linear")
    result = spectral_radius(spec, np.ones(6), [np.ones(6)], {"recurrent_kernel": kernel})
    assert result == pytest.approx(np.abs(np.linalg.eigvals(kernel)).max(), rel=1e-3)


def test_spectral_radius_is_of_all_that_an_lstm_carries() -> None:
    """The forget gate open and nothing read from h: c stays, and so does what it was."""
    spec: RecurrentSpec = LSTM(units=3)
    weights = {"recurrent_kernel": np.zeros((3, 12))}
    projected = np.concatenate([np.zeros(3), np.full(3, 30), np.zeros(6)])
    state = [np.zeros(3), np.ones(3)]
    assert spectral_radius(spec, projected, state, weights) == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize("size", [1, 2, 20, 100])
def test_largest_eigenvalue_is_numpys(size: int) -> None:
    matrix = np.random.default_rng(size).normal(size=(size, size))
    expected = np.abs(np.linalg.eigvals(matrix)).max()
    assert largest_eigenvalue(matrix) == pytest.approx(expected, rel=2e-3)


def test_largest_eigenvalue_of_what_has_none() -> None:
    assert largest_eigenvalue(np.array([[0.0, 1.0], [0.0, 0.0]])) == 0
    assert np.isnan(largest_eigenvalue(np.array([[np.nan]])))
