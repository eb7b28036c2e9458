"""The rows of a forecast, as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ForecastStep:
    """The forecast of one step, counted from 1."""

    step: int
    forecast: float


@dataclass(frozen=True)
class IntervalStep(ForecastStep):
    """The forecast of one step, with the interval of the outermost quantiles."""

    lower: float
    upper: float
