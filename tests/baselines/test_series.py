"""Simple forecasts by hand, and least squares compared with NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.baselines.series import LinearAutoregression, last_value, mean_value, seasonal_naive

# six steps of two targets
SERIES = np.array([[1.0, 50.0], [2.0, 60.0], [6.0, 70.0], [0.0, 1.0], [-4.0, 2.0], [-2.0, 3.0]])
ORIGINS = np.array([3, 5])


def test_last_value_repeats_for_every_step_ahead() -> None:
    assert last_value(SERIES, ORIGINS, 1).tolist() == [[[6, 70]], [[-4, 2]]]
    assert last_value(SERIES, ORIGINS, 3)[..., 0].tolist() == [[6, 6, 6], [-4, -4, -4]]


def test_mean_value_repeats_the_mean_of_the_window() -> None:
    assert mean_value(SERIES, ORIGINS, 1, 3).tolist() == [[[3, 60]], [[2 / 3, 73 / 3]]]
    assert mean_value(SERIES, ORIGINS, 2, 1).tolist() == last_value(SERIES, ORIGINS, 2).tolist()


def test_seasonal_naive_repeats_the_last_known_season() -> None:
    """From step 10 with a season of 3: steps 7, 8, 9, and those again."""
    series = np.arange(20.0)[:, None]
    assert seasonal_naive(series, np.array([10]), 7, 3)[0, :, 0].tolist() == [7, 8, 9, 7, 8, 9, 7]
    assert seasonal_naive(series, np.array([10]), 2, 10)[0, :, 0].tolist() == [0, 1]


def test_seasonal_naive_of_one_step_is_the_last_value() -> None:
    assert seasonal_naive(SERIES, ORIGINS, 3, 1).tolist() == last_value(SERIES, ORIGINS, 3).tolist()


def test_seasonal_naive_forecasts_a_periodic_series_exactly() -> None:
    series = np.tile([3.0, 1.0, 4.0, 1.0, 5.0], 8)[:, None]
    origins = np.arange(5, 28)
    assert (
        seasonal_naive(series, origins, 12, 5) == series[origins[:, None] + np.arange(12)]
    ).all()


def test_linear_autoregression_equals_numpy_however_rows_are_batched() -> None:
    generator = np.random.default_rng(0)
    inputs, outputs = generator.normal(size=(60, 4, 3)), generator.normal(size=(60, 2, 1))
    design = np.concatenate([inputs.reshape(60, 12), np.ones((60, 1))], axis=1)
    expected = design @ np.linalg.lstsq(design, outputs.reshape(60, 2), rcond=None)[0]
    for cuts in ([], [10, 11, 40]):
        linear = LinearAutoregression.fit(
            zip(np.split(inputs, cuts), np.split(outputs, cuts), strict=True)
        )
        assert linear(inputs) == pytest.approx(expected, abs=1e-8)


def test_linear_autoregression_recovers_known_coefficients() -> None:
    """x_t = 0.5 x_{t-1} - 0.3 x_{t-2} + 2."""
    series = [1.0, 5.0]
    for _ in range(12):
        series.append(0.5 * series[-1] - 0.3 * series[-2] + 2)
    windows = np.lib.stride_tricks.sliding_window_view(np.array(series), 3)
    linear = LinearAutoregression.fit([(windows[:, :2, None], windows[:, 2:])])
    assert linear(np.array([[[10.0], [20.0]]])) == pytest.approx(0.5 * 20 - 0.3 * 10 + 2)


def test_linear_autoregression_handles_constant_columns_and_few_rows() -> None:
    inputs = np.zeros((3, 2, 2))
    inputs[:, 0, 0] = [1, 2, 3]
    linear = LinearAutoregression.fit([(inputs, np.array([2.0, 4.0, 6.0]))])
    assert linear(inputs)[:, 0] == pytest.approx([2, 4, 6])
