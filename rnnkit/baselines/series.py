"""Forecasts that need no model."""

from __future__ import annotations

import numpy as np


def last_value(inputs: np.ndarray, horizon: int) -> np.ndarray:
    """The last number seen, for every step ahead: (rows, timesteps, features) to (rows, horizon)."""
    return np.repeat(inputs[:, -1:, 0], horizon, axis=1)


def mean_value(inputs: np.ndarray, horizon: int) -> np.ndarray:
    """The mean of the window, for every step ahead: (rows, timesteps, features) to (rows, horizon)."""
    return np.repeat(inputs[:, :, 0].mean(axis=1, keepdims=True), horizon, axis=1)
