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

_NICE = [
    *(count * unit for unit in (1, 1000) for count in (1, 2, 5, 10, 20, 25, 40, 50, 100, 200, 500)),
    *(count * unit for unit in (SECOND, MINUTE) for count in (1, 2, 3, 5, 10, 15, 20, 30)),
    *(count * HOUR for count in (1, 2, 3, 4, 6, 8, 12)),
    *(count * DAY for count in (1, 2, 7, 14)),
]
_MONTHS = {1: (28, 31), 2: (59, 62), 3: (89, 92), 6: (181, 184), 12: (365, 366)}  # days
_TOLERANCE = 0.15  # of a length, within which it is one that people use
_FRIDAY = 4
_HALF_MONTH = range(13, 19)  # days


def regular_step(times: pd.DatetimeIndex, like: Step | None = None) -> Step | None:
    """The one step that lies between any two neighbours of times; None if there is no such.

    Args:
        times: In order.
        like: A step to prefer: that of the training, which a short table may leave open.
    """
    candidates = _candidates(times)
    if like is not None:
        clocks = [replace(like, by_clock=by_clock) for by_clock in (True, False)]
        candidates = [half for step in clocks for half in step.halves] + candidates
    for step in candidates:
        if (np.diff(step.number(times)) == 1).all() and (anchored := step.anchored(times)):
            return anchored
    return None


def usual_step(times: pd.DatetimeIndex) -> Step:
    """The step that most neighbours of times have, in a length that people use.

    Args:
        times: At least two different ones, in any order.
    """
    times = times.unique().sort_values()
    for step in _candidates(times):
        numbers = np.diff(step.number(times))
        if numbers.all() and np.median(numbers) == 1 and step.anchored(times):
            return step
    readings = local(times)
    length = int(np.median(np.diff(readings).astype(np.int64)))
    for months, (fewest, most) in _MONTHS.items():
        if fewest * DAY <= length <= most * DAY:
            return Step(months=months)
    nearest = min(_NICE, key=lambda nice: abs(nice - length))
    if abs(nearest - length) <= _TOLERANCE * length:
        return _of_length(nearest)
    unit = next((unit for unit in (DAY, HOUR, MINUTE, SECOND, 1000) if unit <= length), 1)
    return _of_length(max(1, round(length / unit)) * unit)


def _candidates(times: pd.DatetimeIndex) -> list[Step]:
    if len(times) < 2:
        return []
    return list(_possible(times))


def _possible(times: pd.DatetimeIndex) -> Iterator[Step]:
    """Steps that the median of the times between neighbours suggests, the likeliest first."""
    readings = local(times)
    months = int(np.median(np.diff(readings.astype("datetime64[M]").astype(np.int64))))
    by_clock = int(np.median(np.diff(readings).astype(np.int64)))
    if months > 0:
        yield Step(months=months)
    if by_clock > 0 and by_clock % DAY == 0:
        yield from _of_days(readings, by_clock)
    if by_clock // DAY in _HALF_MONTH:
        yield from Step.parse("SM").halves
    elapsed = int(np.median(np.diff(times.asi8)))
    if elapsed > 0:
        yield Step(length=elapsed, by_clock=False)
    if by_clock > 0:
        yield Step(length=by_clock)


def _of_days(readings: np.ndarray, length: int) -> Iterator[Step]:
    days = readings.astype("datetime64[D]")
    weekdays = (days.astype(np.int64) + 3) % 7  # 1970 began on a Thursday
    spans_a_week = (days[-1] - days[0]).astype(int) >= 7
    if length == DAY and (weekdays <= _FRIDAY).all() and spans_a_week:
        yield Step(business=1)
    yield Step(length=length)


def _of_length(length: int) -> Step:
    return Step(length=length, by_clock=length > HOUR)
