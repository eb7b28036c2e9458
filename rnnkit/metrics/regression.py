"""Errors of forecasts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ForecastError:
    """Sums over forecast numbers.

    Args:
        count: How many numbers were forecast.
        absolute: The sum of |error|, in the series' unit.
        squared: The sum of error squared.
    """

    count: int = 0
    absolute: float = 0.0
    squared: float = 0.0

    def __add__(self, other: ForecastError) -> ForecastError:
        return ForecastError(self.count + other.count, self.absolute + other.absolute, self.squared + other.squared)

    @property
    def mae(self) -> float:
        """Mean absolute error, in the series' unit."""
        return self.absolute / self.count

    @property
    def rmse(self) -> float:
        """Root of the mean squared error, in the series' unit."""
        return math.sqrt(self.squared / self.count)

    def as_dict(self) -> dict[str, float]:
        return {"mae": self.mae, "rmse": self.rmse}


def forecast_error(forecasts: np.ndarray, targets: np.ndarray) -> ForecastError:
    """The error of (rows, horizon) forecasts of (rows, horizon) targets."""
    errors = forecasts.astype(np.float64) - targets
    return ForecastError(errors.size, float(np.abs(errors).sum()), float((errors**2).sum()))
