"""The clock of a series: timestamps, the step between them, and the position of a time in the day,
the week and the year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np

Cycle = Literal["day", "week", "year"]

MONDAY = np.datetime64("1969-12-29", "s")  # weeks begin on it, and days at its midnight
_SECONDS = {"s": 1, "min": 60, "h": 3600, "D": 86_400, "W": 604_800}
_MONTHS = {"M": 1, "Y": 12}
RULE = rf"[1-9][0-9]{{0,5}}(?:{'|'.join([*_SECONDS, *_MONTHS])})"
_YEAR_SECONDS = 31_556_952  # of the Gregorian calendar, on average
_SEASONS = {"1D": 7, "1W": 52, "1M": 12, "3M": 4}  # steps of a season where a step is a day or more


@dataclass(frozen=True)
class Step:
    """The time from one step of a series to the next, written 5min, 1h, 1D, 1W, 1M or 1Y.

    Args:
        seconds: Its length; 0 where it is counted in months.
        months: Calendar months, which are of unequal length; 0 where it is counted in seconds.
    """

    seconds: int = 0
    months: int = 0

    @classmethod
    def parse(cls, rule: str) -> Step:
        """The step that a rule such as "5min" names; it must match RULE."""
        count, unit = re.fullmatch(r"([0-9]+)([a-zA-Z]+)", rule).groups()  # type: ignore[union-attr]
        return (
            cls(months=int(count) * _MONTHS[unit])
            if unit in _MONTHS
            else cls(seconds=int(count) * _SECONDS[unit])
        )

    def __str__(self) -> str:
        length, units = (self.months, _MONTHS) if self.months else (self.seconds, _SECONDS)
        unit = next(unit for unit, size in reversed(units.items()) if length % size == 0)
        return f"{length // units[unit]}{unit}"

    @classmethod
    def between(cls, times: np.ndarray) -> Step | None:
        """The one step that lies between any two neighbours of ascending `times`, (steps,)
        datetime64[s]; None where there is no such.
        """
        lengths = np.diff(times).astype(np.int64)
        if len(lengths) and lengths[0] > 0 and (lengths == lengths[0]).all():
            return cls(seconds=int(lengths[0]))
        months = times.astype("datetime64[M]")
        in_month, lengths = times - months.astype(times.dtype), np.diff(months).astype(np.int64)
        if (
            len(lengths)
            and lengths[0] > 0
            and (lengths == lengths[0]).all()
            and (in_month == in_month[0]).all()
        ):
            return cls(months=int(lengths[0]))
        return None

    def number(self, times: np.ndarray) -> np.ndarray:
        """The number of the step in which each time lies, counted from a fixed moment."""
        if self.months:
            return times.astype("datetime64[M]").astype(np.int64) // self.months
        return (times - MONDAY).astype(np.int64) // self.seconds

    def beginning(self, numbers: np.ndarray) -> np.ndarray:
        """When the steps of these numbers begin."""
        if self.months:
            return (numbers * self.months).astype("datetime64[M]").astype("datetime64[s]")
        return MONDAY + numbers * np.timedelta64(self.seconds, "s")

    def after(self, time: np.datetime64, steps: int) -> np.ndarray:
        """The next so many times after `time`."""
        ahead = np.arange(1, steps + 1)
        if not self.months:
            return time + ahead * np.timedelta64(self.seconds, "s")
        month = time.astype("datetime64[M]")
        return (month + ahead * self.months).astype("datetime64[s]") + (
            time - month.astype("datetime64[s]")
        )

    @property
    def season(self) -> int:
        """How many steps make the nearest cycle: a day of hours or minutes, a week of days, a year
        of weeks, months or quarters; else 1.
        """
        if self.seconds and self.seconds < _SECONDS["D"]:
            return _SECONDS["D"] // self.seconds if _SECONDS["D"] % self.seconds == 0 else 1
        return _SEASONS.get(str(self), 1)


def parse_time(text: str, time_format: str | None) -> np.datetime64:
    """A timestamp to the second, in UTC where it names a zone.

    Args:
        text: ISO 8601, such as 2014-02-07 14:55:00; or 2014-02, its first day.
        time_format: How else it is written, as strptime says it.

    Raises:
        ValueError: If it is not written so.
    """
    if time_format is not None:
        time = datetime.strptime(text, time_format)
    else:
        time = datetime.fromisoformat(
            f"{text}-01" if re.fullmatch(r"[0-9]{4}-[0-9]{2}", text) else text
        )
    if time.tzinfo is not None:
        time = time.astimezone(UTC).replace(tzinfo=None)
    return np.datetime64(time, "s")


def cycles(times: np.ndarray, names: tuple[Cycle, ...]) -> np.ndarray:
    """Sine and cosine of the place in each cycle, so that its end is next to its beginning:
    (steps, 2 cycles).
    """
    seconds = (times - MONDAY).astype(np.int64)
    lengths = {"day": _SECONDS["D"], "week": _SECONDS["W"], "year": _YEAR_SECONDS}
    angles = [2 * np.pi * (seconds % lengths[name]) / lengths[name] for name in names]
    return (
        np.stack([wave(angle) for angle in angles for wave in (np.sin, np.cos)], axis=1)
        if names
        else np.empty((len(times), 0))
    )


def shown_time(time: np.datetime64) -> str:
    """A time as a person writes it: without the clock at midnight."""
    return str(time).replace("T", " ").removesuffix(" 00:00:00")


def shown_times(times: np.ndarray) -> list[str]:
    """Times for a table, all written alike: without the clock where all are midnights."""
    written = [str(time).replace("T", " ") for time in times]
    midnights = all(time.endswith(" 00:00:00") for time in written)
    return [time.removesuffix(" 00:00:00") if midnights else time for time in written]
