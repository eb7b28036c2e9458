"""The step between the times of a series."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from rnnkit.data.times.clock import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    SECOND,
    YEAR,
    days_of_month,
    local,
    month_numbers,
    standard_offset,
    times_at,
)

if TYPE_CHECKING:
    import pandas as pd

Month = Literal["day", "first business day", "last business day"]
"""The day of a month that dates a step: a fixed day, the last one of shorter months, or a business
day.
"""

_LENGTHS = {
    "us": 1,
    "ms": 1000,
    "s": SECOND,
    "min": MINUTE,
    "h": HOUR,
    "D": DAY,
    "W": 7 * DAY,
}
_MONTHS = {"M": 1, "Y": 12}
_HALF = "SM"  # semi-month, as in pandas
RULE = rf"[1-9][0-9]{{0,5}}(?:{'|'.join([*_LENGTHS, *_MONTHS, 'B'])})|{_HALF}"
EXAMPLES = "5min, 1h, 1D, 1B (business days), 1W, SM (half months), 1M, 3M or 1Y"
_SEASONS = {"1D": 7, "1B": 5, "1W": 52, _HALF: 24, "1M": 12, "3M": 4}
"""The steps per season, for steps of a day or longer."""
SHORTEST_MONTH = 28  # days
HALVES = (15, 16)
"""The days on which the second half of a month can begin."""


@dataclass(frozen=True)
class Step:
    """The time from one step of a series to the next, written 5min, 1h, 1D, 1B, 1W, SM, 1M or 1Y.

    Steps are numbered from a fixed origin. A series may have its times elsewhere than at the
    beginnings of its steps (each Sunday, the last day of each month): `dated`, `day`, `second`,
    `month` and `phase`, the anchor, say where.

    Args:
        length: Microseconds; 0 for a step in calendar months, half months or business days.
        months: Calendar months.
        half: For half months: the day on which the second half begins; else 0.
        business: Business days, Monday to Friday.
        by_clock: Whether the length is in local time, whose days can have 23 or 25 hours, instead
            of elapsed time.
        dated: The day that dates a step of months.
        day: The day of the month, if `dated` is "day"; 31 stands for the last day of each month.
        second: The day that dates a second half.
        month: The month within a step of several months that dates it, from 0.
        phase: Microseconds from the beginning of the step, or of its day, to its time.
    """

    length: int = 0
    months: int = 0
    half: int = 0
    business: int = 0
    by_clock: bool = True
    dated: Month = "day"
    day: int = 1
    second: int = 0
    month: int = 0
    phase: int = 0

    @classmethod
    def parse(cls, rule: str) -> Step:
        """Parses a step such as "5min", which must match RULE."""
        if rule == _HALF:
            return cls(half=HALVES[0])
        count, unit = re.fullmatch(r"([0-9]+)([a-zA-Z]+)", rule).groups()  # type: ignore[union-attr]
        if unit == "B":
            return cls(business=int(count))
        if unit in _MONTHS:
            return cls(months=int(count) * _MONTHS[unit])
        length = int(count) * _LENGTHS[unit]
        return cls(length=length, by_clock=length > HOUR)

    def __str__(self) -> str:
        if self.half:
            return _HALF
        if self.business:
            return f"{self.business}B"
        length, units = (self.months, _MONTHS) if self.months else (self.length, _LENGTHS)
        unit = next(unit for unit, size in reversed(units.items()) if length % size == 0)
        return f"{length // units[unit]}{unit}"

    @property
    def season(self) -> int:
        """The steps per season: a day for hours or minutes, a week for days, a year for weeks,
        months or quarters; else 1.
        """
        if self.length and self.length < DAY:
            return DAY // self.length if DAY % self.length == 0 else 1
        return _SEASONS.get(str(self), 1)

    @property
    def seconds(self) -> float:
        """The length in seconds, on average for a step of the calendar."""
        months = self.months or (0.5 if self.half else 0)
        length = self.length or months * YEAR / 12 or self.business * 7 * DAY / 5
        return length / SECOND

    @property
    def unanchored(self) -> Step:
        """The same step, dated by its beginnings."""
        return Step(self.length, self.months, self.half, self.business, self.by_clock)

    @property
    def halves(self) -> tuple[Step, ...]:
        """The same step; for half months, one for each day on which a second half can begin."""
        return tuple(replace(self, half=day) for day in HALVES) if self.half else (self,)

    def number(self, times: pd.DatetimeIndex) -> np.ndarray:
        """The number of the step that contains each time, counted from a fixed origin: (times,)."""
        if self.months:
            return np.asarray(month_numbers(local(times)) // self.months)
        if self.half:
            days = days_of_month(local(times))
            return np.asarray(2 * month_numbers(local(times)) + (days >= self.half))
        if self.business:
            days = local(times).astype("datetime64[D]")
            workdays = np.busday_offset(days, 0, roll="backward")  # a weekend belongs to Friday
            count = np.busday_count(MONDAY.astype("datetime64[D]"), workdays)
            return np.asarray(count // self.business)
        return np.asarray((self._readings(times) - MONDAY).astype(np.int64) // self.length)

    def dates(self, numbers: np.ndarray, zone: object = None) -> pd.DatetimeIndex:
        """The times of the steps of these numbers: their beginnings, unless anchored elsewhere.

        Args:
            numbers: (steps,).
            zone: The time zone; None for times without one.
        """
        phase = np.timedelta64(self.phase, "us")
        if self.months:
            return times_at(self._days_of_months(numbers * self.months + self.month) + phase, zone)
        if self.half:
            return times_at(self._days_of_halves(numbers) + phase, zone)
        if self.business:
            monday = MONDAY.astype("datetime64[D]")
            days = np.busday_offset(monday, numbers * self.business, roll="forward")
            return times_at(days.astype("datetime64[us]") + phase, zone)
        readings = MONDAY + numbers * np.timedelta64(self.length, "us") + phase
        if self.by_clock or zone is None:
            return times_at(readings, zone)
        return times_at(readings - standard_offset(zone), "UTC").tz_convert(zone)

    def after(self, time: pd.Timestamp, steps: int) -> pd.DatetimeIndex:
        """The times of the next `steps` steps after `time`."""
        import pandas as pd

        (number,) = self.number(pd.DatetimeIndex([time]))
        return self.dates(number + np.arange(1, steps + 1), time.tz)

    def anchored(self, times: pd.DatetimeIndex) -> Step | None:
        """The step anchored so that it dates all of these times; None if none does."""
        numbers = self.number(times)
        for anchored in self._anchors(times, numbers):
            if (anchored.dates(numbers, times.tz) == times).all():
                return anchored
        return None

    def _anchors(self, times: pd.DatetimeIndex, numbers: np.ndarray) -> list[Step]:
        """The anchored steps that could date these times, in order of preference."""
        if self.length:
            phases = self._readings(times) - replace(self, phase=0)._beginnings(numbers)
            return [replace(self, phase=int(phases.astype(np.int64).min()))]
        readings = local(times)
        days = readings.astype("datetime64[D]")
        phase = int((readings - days).astype(np.int64).min())
        if self.business:
            return [replace(self, phase=phase)]
        in_month = days_of_month(readings)
        if self.half:
            return self._halves(in_month, phase)
        month = int(month_numbers(readings)[0] % self.months)
        step = replace(self, month=month, phase=phase)
        last = int(in_month.max())
        last_days = (31, last) if last >= SHORTEST_MONTH else (last,)
        return [
            *(replace(step, day=day) for day in last_days),
            replace(step, dated="last business day"),
            replace(step, dated="first business day"),
        ]

    def _days_of_months(self, months: np.ndarray) -> np.ndarray:
        """The day that dates each month: (months,) datetime64[us]."""
        first = months.astype("datetime64[M]").astype("datetime64[D]")
        last = (months + 1).astype("datetime64[M]").astype("datetime64[D]") - 1
        if self.dated == "first business day":
            days = np.busday_offset(first, 0, roll="forward")
        elif self.dated == "last business day":
            days = np.busday_offset(last, 0, roll="backward")
        else:
            days = np.minimum(first + (self.day - 1), last)
        return np.asarray(days.astype("datetime64[us]"))

    def _halves(self, in_month: np.ndarray, phase: int) -> list[Step]:
        """The anchored steps of half months, given the times' days of the month: (times,)."""
        is_second = in_month >= self.half
        day = int(in_month[~is_second].max(initial=1))
        second = int(in_month[is_second].max(initial=self.half))
        seconds = (31, second) if second >= SHORTEST_MONTH else (second,)
        return [replace(self, day=day, second=second, phase=phase) for second in seconds]

    def _days_of_halves(self, numbers: np.ndarray) -> np.ndarray:
        """The day that dates each half of a month: (halves,) datetime64[us]."""
        months = numbers // 2
        first = months.astype("datetime64[M]").astype("datetime64[D]")
        last = (months + 1).astype("datetime64[M]").astype("datetime64[D]") - 1
        days = np.where(numbers % 2, self.second or self.half, self.day)
        return np.asarray(np.minimum(first + (days - 1), last).astype("datetime64[us]"))

    def _beginnings(self, numbers: np.ndarray) -> np.ndarray:
        return np.asarray(MONDAY + numbers * np.timedelta64(self.length, "us"))

    def _readings(self, times: pd.DatetimeIndex) -> np.ndarray:
        """The readings at these times of the local clock, or of one that ignores daylight saving
        time.
        """
        if self.by_clock or times.tz is None:
            return local(times)
        return np.asarray(local(times.tz_convert("UTC")) + standard_offset(times.tz))
