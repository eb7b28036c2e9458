"""Infers the step between the times of a series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.data.times.clock import DAY, HOUR, MINUTE, SECOND, local
from rnnkit.data.times.step import Step

if TYPE_CHECKING:
    import pandas as pd

_COMMON_LENGTHS = [  # microseconds
    *(count * unit for unit in (1, 1000) for count in (1, 2, 5, 10, 20, 25, 40, 50, 100, 200, 500)),
    *(count * unit for unit in (SECOND, MINUTE) for count in (1, 2, 3, 5, 10, 15, 20, 30)),
    *(count * HOUR for count in (1, 2, 3, 4, 6, 8, 12)),
    *(count * DAY for count in (1, 2, 7, 14)),
]
_MONTHS = {1: (28, 31), 2: (59, 62), 3: (89, 92), 6: (181, 184), 12: (365, 366)}  # days
_TOLERANCE = 0.15  # of a length, by which the nearest common length may differ
_FRIDAY = 4
_HALF_MONTH = range(13, 19)  # days


def regular_step(times: pd.DatetimeIndex, preferred: Step | None = None) -> Step | None:
    """The step between all neighbours of regular times; None if they are irregular.

    Args:
        times: (steps,) in order.
        preferred: A step to try first, since short series fit several.
    """
    candidates = _candidates(times)
    if preferred is not None:
        clocks = [replace(preferred, by_clock=by_clock) for by_clock in (True, False)]
        candidates = [half for step in clocks for half in step.halves] + candidates
    for step in candidates:
        if (np.diff(step.number(times)) == 1).all() and (anchored := step.anchored(times)):
            return anchored
    return None


def usual_step(times: pd.DatetimeIndex) -> Step:
    """The step between most neighbours of irregular times, rounded to a common length.

    Args:
        times: (steps,) in any order, at least two of them different.
    """
    times = times.unique().sort_values()
    for step in _candidates(times):
        distances = np.diff(step.number(times))
        if distances.all() and np.median(distances) == 1 and step.anchored(times):
            return step
    readings = local(times)
    length = int(np.median(np.diff(readings).astype(np.int64)))
    for months, (fewest, most) in _MONTHS.items():
        if fewest * DAY <= length <= most * DAY:
            return Step(months=months)
    nearest = min(_COMMON_LENGTHS, key=lambda common: abs(common - length))
    if abs(nearest - length) <= _TOLERANCE * length:
        return _step_of_length(nearest)
    unit = next((unit for unit in (DAY, HOUR, MINUTE, SECOND, 1000) if unit <= length), 1)
    return _step_of_length(max(1, round(length / unit)) * unit)


def _candidates(times: pd.DatetimeIndex) -> list[Step]:
    """Steps suggested by the median distance between neighbours, the most plausible first."""
    return list(_generate_candidates(times)) if len(times) > 1 else []


def _generate_candidates(times: pd.DatetimeIndex) -> Iterator[Step]:
    readings = local(times)
    months = int(np.median(np.diff(readings.astype("datetime64[M]").astype(np.int64))))
    by_clock = int(np.median(np.diff(readings).astype(np.int64)))
    if months > 0:
        yield Step(months=months)
    if by_clock > 0 and by_clock % DAY == 0:
        yield from _steps_of_days(readings, by_clock)
    if by_clock // DAY in _HALF_MONTH:
        yield from Step.parse("SM").halves
    elapsed = int(np.median(np.diff(times.asi8)))
    if elapsed > 0:
        yield Step(length=elapsed, by_clock=False)
    if by_clock > 0:
        yield Step(length=by_clock)


def _steps_of_days(readings: np.ndarray, length: int) -> Iterator[Step]:
    """A step of business days if no reading is on a weekend, and one of whole days."""
    days = readings.astype("datetime64[D]")
    weekdays = (days.astype(np.int64) + 3) % 7  # 1970 began on a Thursday
    spans_a_week = (days[-1] - days[0]).astype(int) >= 7
    if length == DAY and (weekdays <= _FRIDAY).all() and spans_a_week:
        yield Step(business=1)
    yield Step(length=length)


def _step_of_length(length: int) -> Step:
    return Step(length=length, by_clock=length > HOUR)
