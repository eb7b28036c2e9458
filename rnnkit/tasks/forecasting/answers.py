"""What a person reads of the forecast of numbers that were typed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ForecastStep:
    """One number ahead."""

    step: int
    forecast: float


@dataclass(frozen=True)
class IntervalStep(ForecastStep):
    """One number ahead, and the interval of the outermost quantiles."""

    lower: float
    upper: float
