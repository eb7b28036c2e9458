"""Errors of forecasts, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rnnkit.metrics.regression import ForecastError, forecast_error

TARGETS = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
FORECASTS = np.array([[1.5, 2.0], [1.0, 8.0]], np.float32)  # wrong by 0.5, 0, -2 and 4


def test_by_hand() -> None:
    error = forecast_error(FORECASTS, TARGETS)
    assert error == ForecastError(count=4, absolute=6.5, squared=20.25)
    assert error.mae == 1.625
    assert error.rmse == 2.25
    assert error.as_dict() == {"mae": 1.625, "rmse": 2.25}


def test_a_perfect_forecast() -> None:
    assert forecast_error(TARGETS, TARGETS).as_dict() == {"mae": 0, "rmse": 0}


def test_batches_add_up_to_the_whole() -> None:
    together = ForecastError()
    for row in range(2):
        together += forecast_error(FORECASTS[row : row + 1], TARGETS[row : row + 1])
    assert together == forecast_error(FORECASTS, TARGETS)


def test_sums_do_not_lose_small_errors() -> None:
    """In float32 a sum of a million errors of 0.1 is off by hundreds."""
    errors = np.full((1_000_000, 1), 0.1, np.float32)
    error = forecast_error(errors, np.zeros_like(errors))
    assert (error.mae, error.rmse) == pytest.approx((0.1, 0.1), rel=1e-6)


def test_errors_too_large_for_float32_squared() -> None:
    assert forecast_error(np.array([[1e30]], np.float32), np.zeros((1, 1), np.float32)).rmse == pytest.approx(1e30, rel=1e-6)


def test_rmse_is_never_below_mae() -> None:
    generator = np.random.default_rng(0)
    error = forecast_error(generator.normal(size=(50, 3)), generator.normal(size=(50, 3)))
    assert error.mae < error.rmse < math.sqrt(150) * error.mae
