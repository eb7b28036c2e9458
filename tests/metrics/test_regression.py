"""Errors of forecasts, compared with hand computation and scikit-learn's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.metrics.regression import (
    coverage,
    mae,
    naive_error,
    pinball,
    rmse,
    smape,
)

TARGETS = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
FORECASTS = np.array([[1.5, 2.0], [1.0, 8.0]], np.float32)  # wrong by 0.5, 0, -2 and 4


def test_mae_rmse_and_smape_by_hand() -> None:
    assert mae(FORECASTS, TARGETS) == 1.625
    assert rmse(FORECASTS, TARGETS) == 2.25
    # 200 x (0.5 / 2.5 + 0 / 4 + 2 / 4 + 4 / 12) / 4
    assert smape(FORECASTS, TARGETS) == pytest.approx(50 * (0.2 + 0.5 + 1 / 3))


def test_mae_rmse_and_smape_of_a_perfect_forecast_are_zero() -> None:
    assert mae(TARGETS, TARGETS) == rmse(TARGETS, TARGETS) == smape(TARGETS, TARGETS) == 0


def test_smape_where_both_are_zero_and_where_one_is() -> None:
    assert smape(np.zeros(3), np.zeros(3)) == 0
    assert smape(np.array([0.0, 5.0]), np.array([5.0, 0.0])) == 200


def test_mae_and_rmse_keep_small_errors_in_float32() -> None:
    """In float32 a sum of a million errors of 0.1 is off by hundreds."""
    errors = np.full((1_000_000, 1), 0.1, np.float32)
    assert (
        mae(errors, np.zeros_like(errors)),
        rmse(errors, np.zeros_like(errors)),
    ) == pytest.approx((0.1, 0.1), rel=1e-6)


def test_rmse_of_errors_too_large_for_float32_squared() -> None:
    assert rmse(np.array([[1e30]], np.float32), np.zeros((1, 1), np.float32)) == pytest.approx(
        1e30, rel=1e-6
    )


def test_rmse_is_never_below_mae() -> None:
    generator = np.random.default_rng(0)
    forecasts, targets = generator.normal(size=(50, 3)), generator.normal(size=(50, 3))
    assert (
        mae(forecasts, targets)
        < rmse(forecasts, targets)
        < math.sqrt(150) * mae(forecasts, targets)
    )


@given(
    st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1, max_size=30),
    st.floats(0.01, 0.99),
)
def test_mae_rmse_and_pinball_equal_scikit_learn(
    pairs: list[tuple[float, float]], share: float
) -> None:
    from sklearn.metrics import mean_absolute_error, mean_pinball_loss, root_mean_squared_error

    forecasts, targets = np.array(pairs).T
    assert mae(forecasts, targets) == pytest.approx(mean_absolute_error(targets, forecasts))
    assert rmse(forecasts, targets) == pytest.approx(root_mean_squared_error(targets, forecasts))
    assert pinball(forecasts[:, None], targets, np.array([share])) == pytest.approx(
        mean_pinball_loss(targets, forecasts, alpha=share)
    )


def test_naive_error_by_hand() -> None:
    """1 3 2 6: changes of 2, 1 and 4; a season of two steps: 1 and 3."""
    series, real = np.array([1.0, 3.0, 2.0, 6.0]), np.ones(4, bool)
    assert naive_error(series, 1, real) == pytest.approx(7 / 3)
    assert naive_error(series, 2, real) == 2
    assert math.isnan(naive_error(series, 4, real))


def test_naive_error_ignores_filled_steps() -> None:
    real = np.array([True, False, True, True])
    assert naive_error(np.array([1.0, 3.0, 2.0, 6.0]), 1, real) == 4
    assert math.isnan(naive_error(np.array([1.0, 3.0, 2.0, 6.0]), 1, np.zeros(4, bool)))


def test_coverage_counts_the_ends() -> None:
    assert (
        coverage(np.array([0.0, 0, 0, 0]), np.array([1.0, 1, 1, 1]), np.array([0.0, 1, 0.5, 1.1]))
        == 0.75
    )


def test_pinball_by_hand() -> None:
    """2 above a forecast of its 0.9 quantile costs 1.8, 2 below it 0.2; of the median either costs
    1.
    """
    shares = np.array([0.5, 0.9])
    assert pinball(np.array([[8.0, 8.0]]), np.array([10.0]), shares) == pytest.approx((1 + 1.8) / 2)
    assert pinball(np.array([[12.0, 12.0]]), np.array([10.0]), shares) == pytest.approx(
        (1 + 0.2) / 2
    )


def test_pinball_is_least_at_the_quantile_of_a_sample() -> None:
    sample = np.random.default_rng(0).gamma(2, size=2001)
    for share in (0.1, 0.5, 0.9):
        candidates = np.linspace(sample.min(), sample.max(), 2000)
        losses = [
            pinball(np.full((len(sample), 1), value), sample, np.array([share]))
            for value in candidates
        ]
        assert candidates[int(np.argmin(losses))] == pytest.approx(
            np.quantile(sample, share), abs=0.01
        )
