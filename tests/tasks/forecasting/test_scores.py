"""The comparison of forecasts in words."""

from __future__ import annotations

import numpy as np

from rnnkit.tasks.forecasting.scores import compared


def test_compared_of_too_few_origins_says_so() -> None:
    """Three times the horizon are needed."""
    assert compared(np.zeros(6), 5 + np.arange(6.0), 2) == ""
    assert "too few" in compared(np.zeros(5), np.arange(5.0), 2)
