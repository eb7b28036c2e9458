"""Forecasts that need no model, by hand."""

from __future__ import annotations

import numpy as np

from rnnkit.baselines.series import last_value, mean_value

WINDOWS = np.array([[[1.0, 50.0], [2.0, 60.0], [6.0, 70.0]], [[0.0, 1.0], [-4.0, 2.0], [-2.0, 3.0]]])  # two windows of three steps, two features


def test_last_value_of_the_first_feature_for_every_step_ahead() -> None:
    assert last_value(WINDOWS, 1).tolist() == [[6], [-2]]
    assert last_value(WINDOWS, 3).tolist() == [[6, 6, 6], [-2, -2, -2]]


def test_mean_of_the_windows_first_feature_for_every_step_ahead() -> None:
    assert mean_value(WINDOWS, 1).tolist() == [[3], [-2]]
    assert mean_value(WINDOWS, 2).tolist() == [[3, 3], [-2, -2]]


def test_a_window_of_one_step() -> None:
    window = np.array([[[5.0]]])
    assert last_value(window, 2).tolist() == mean_value(window, 2).tolist() == [[5, 5]]
