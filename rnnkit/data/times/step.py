"""The step between the times of a series."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from rnnkit.data.times.clock import DAY, HOUR, MINUTE, MONDAY, SECOND, YEAR, local, placed

if TYPE_CHECKING:
    import pandas as pd

Month = Literal["day", "first business day", "last business day"]
"""What dates a month: a day of it (its last one where it is shorter), or a business day."""


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
_HALF = "SM"  # as pandas has it: semi-month
RULE = rf"[1-9][0-9]{{0,5}}(?:{'|'.join([*_LENGTHS, *_MONTHS, 'B'])})|{_HALF}"
EXAMPLES = "5min, 1h, 1D, 1B (business days), 1W, SM (half months), 1M, 3M or 1Y"
# Steps of a season where a step is a day or more.
_SEASONS = {"1D": 7, "1B": 5, "1W": 52, _HALF: 24, "1M": 12, "3M": 4}
SHORTEST_MONTH = 28  # days
HALVES = (15, 16)
"""On which day the second half of a month may begin."""


@dataclass(frozen=True)
class Step:
    """The time from one step of a series to the next, written 5min, 1h, 1D, 1B, 1W, SM, 1M or 1Y.

    Steps are numbered from a fixed moment; where a series' own times stand in its steps (each
    Sunday, the last day of each month) is the anchor.

    Args:
        length: Microseconds; 0 where it is counted otherwise.
        months: Calendar months, which are of unequal length.
        half: The day on which the second half of a month begins, where a step is half of one.
        business: Business days, Monday to Friday.
        by_clock: Whether the length is one of the local clock, whose days may have 23 or 25 hours.
        dated: What dates a step of months.
        day: The day of the month, where that dates it; 31 is the last one of each.
        second: The day that dates a second half.
        month: How many months of the step come before the one that dates it.
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
        """The step that a rule such as "5min" names; it must match RULE."""
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
        """How many steps make the nearest cycle: a day of hours or minutes, a week of days, a year
        of weeks, months or quarters; else 1.
        """
        if self.length and self.length < DAY:
            return DAY // self.length if DAY % self.length == 0 else 1
        return _SEASONS.get(str(self), 1)

    @property
    def seconds(self) -> float:
        """Its length, on average where it is one of the calendar."""
        months = self.months or (0.5 if self.half else 0)
        length = self.length or months * YEAR / 12 or self.business * 7 * DAY / 5
        return length / SECOND

    @property
    def unanchored(self) -> Step:
        """The same, dated by its beginnings."""
        return Step(self.length, self.months, self.half, self.business, self.by_clock)

    @property
    def halves(self) -> tuple[Step, ...]:
        """The same, of half months with each day on which a second half may begin."""
        return tuple(replace(self, half=day) for day in HALVES) if self.half else (self,)

    def number(self, times: pd.DatetimeIndex) -> np.ndarray:
        """The number of the step in which each time lies, counted from a fixed moment."""
        if self.months:
            return np.asarray(_month_numbers(local(times)) // self.months)
        if self.half:
            days = _days_of_month(local(times))
            return np.asarray(2 * _month_numbers(local(times)) + (days >= self.half))
        if self.business:
            days = local(times).astype("datetime64[D]")
            workdays = np.busday_offset(days, 0, roll="backward")  # a weekend belongs to Friday
            count = np.busday_count(MONDAY.astype("datetime64[D]"), workdays)
            return np.asarray(count // self.business)
        return np.asarray((self._readings(times) - MONDAY).astype(np.int64) // self.length)

    def dates(self, numbers: np.ndarray, zone: object = None) -> pd.DatetimeIndex:
        """When the steps of these numbers are dated: their beginnings, where there is no anchor.

        Args:
            numbers: (steps,).
            zone: The time zone; None for times without one.
        """
        phase = np.timedelta64(self.phase, "us")
        if self.months:
            return placed(self._days_of_months(numbers * self.months + self.month) + phase, zone)
        if self.half:
            return placed(self._days_of_halves(numbers) + phase, zone)
        if self.business:
            monday = MONDAY.astype("datetime64[D]")
            days = np.busday_offset(monday, numbers * self.business, roll="forward")
            return placed(days.astype("datetime64[us]") + phase, zone)
        readings = MONDAY + numbers * np.timedelta64(self.length, "us") + phase
        if self.by_clock or zone is None:
            return placed(readings, zone)
        return placed(readings - _standard_offset(zone), "UTC").tz_convert(zone)

    def after(self, time: pd.Timestamp, steps: int) -> pd.DatetimeIndex:
        """The next so many times after `time`."""
        import pandas as pd

        (number,) = self.number(pd.DatetimeIndex([time]))
        return self.dates(number + np.arange(1, steps + 1), time.tz)

    def anchored(self, times: pd.DatetimeIndex) -> Step | None:
        """The same step, dated as all of these times are; None if they do not stand alike."""
        numbers = self.number(times)
        for anchored in self._anchors(times, numbers):
            if (anchored.dates(numbers, times.tz) == times).all():
                return anchored
        return None

    def _anchors(self, times: pd.DatetimeIndex, numbers: np.ndarray) -> list[Step]:
        if self.length:
            phases = self._readings(times) - replace(self, phase=0)._beginnings(numbers)
            return [replace(self, phase=int(phases.astype(np.int64).min()))]
        readings = local(times)
        days = readings.astype("datetime64[D]")
        phase = int((readings - days).astype(np.int64).min())
        if self.business:
            return [replace(self, phase=phase)]
        in_month = _days_of_month(readings)
        if self.half:
            return self._halves(in_month, phase)
        month = int(_month_numbers(readings)[0] % self.months)
        this = replace(self, month=month, phase=phase)
        day = int(in_month.max())
        days_first = (31, day) if day >= SHORTEST_MONTH else (day,)
        return [
            *(replace(this, day=day) for day in days_first),
            replace(this, dated="last business day"),
            replace(this, dated="first business day"),
        ]

    def _days_of_months(self, months: np.ndarray) -> np.ndarray:
        """The day that dates each month, datetime64[us]."""
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
        """The steps of half months, by the days of the month of times."""
        is_second = in_month >= self.half
        day = int(in_month[~is_second].max(initial=1))
        second = int(in_month[is_second].max(initial=self.half))
        seconds = (31, second) if second >= SHORTEST_MONTH else (second,)
        return [replace(self, day=day, second=second, phase=phase) for second in seconds]

    def _days_of_halves(self, numbers: np.ndarray) -> np.ndarray:
        """The day that dates each half of a month, datetime64[us]."""
        months = numbers // 2
        first = months.astype("datetime64[M]").astype("datetime64[D]")
        last = (months + 1).astype("datetime64[M]").astype("datetime64[D]") - 1
        days = np.where(numbers % 2, self.second or self.half, self.day)
        return np.asarray(np.minimum(first + (days - 1), last).astype("datetime64[us]"))

    def _beginnings(self, numbers: np.ndarray) -> np.ndarray:
        return np.asarray(MONDAY + numbers * np.timedelta64(self.length, "us"))

    def _readings(self, times: pd.DatetimeIndex) -> np.ndarray:
        """What a clock shows at these times: the local one, or one that is never put forward."""
        if self.by_clock or times.tz is None:
            return local(times)
        return np.asarray(local(times.tz_convert("UTC")) + _standard_offset(times.tz))


def _month_numbers(readings: np.ndarray) -> np.ndarray:
    return np.asarray(readings.astype("datetime64[M]").astype(np.int64))


def _days_of_month(readings: np.ndarray) -> np.ndarray:
    """(times,) from 1."""
    days, months = readings.astype("datetime64[D]"), readings.astype("datetime64[M]")
    return np.asarray((days - months.astype("datetime64[D]")).astype(int) + 1)


def _standard_offset(zone: object) -> np.timedelta64:
    """A zone's offset from UTC in the winter of 1969."""
    import pandas as pd

    offset = pd.Timestamp("1970-01-01", tz=zone).utcoffset()
    return np.timedelta64(int(offset.total_seconds() * SECOND), "us")
