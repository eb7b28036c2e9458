"""Parses times that pandas does not: quarters, halves, months and weeks by number, and dates with
an hour.
"""

from __future__ import annotations

import re
from datetime import date, datetime

import numpy as np

_PER_YEAR = {"Q": 4, "H": 2, "S": 2, "M": 12}  # an S is a semester
_SHORT_YEAR = r"(?P<year>\d{4}|'?\d{2})"
_PERIODS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})[ ./-]?(?P<unit>[QHSMW])(?P<number>\d{1,2})",
        rf"(?P<unit>[QHS])(?P<number>\d)[ ./-]?{_SHORT_YEAR}",
        rf"(?P<number>\d)(?P<unit>[QHS])[ ./-]?{_SHORT_YEAR}",
        r"(?P<unit>M)(?P<number>\d{1,2})[ ./-]?(?P<year>\d{4})",
    )
]
_HOURS = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{1,2})(?::(\d{2})(?::(\d{2}))?)?")


def parse_period(text: str) -> np.datetime64:
    """The beginning of a period such as 2014-Q2, a date with an hour such as 7 or 24:00, or a form
    of ISO 8601 that pandas does not parse; NaT for other texts.
    """
    try:
        for pattern in _PERIODS:
            if period := pattern.fullmatch(text):
                return _beginning(period["year"], period["unit"].upper(), int(period["number"]))
        if match := _HOURS.fullmatch(text):
            return _time_of_day(match[1], *(int(number or 0) for number in match.groups()[1:]))
        return np.datetime64(datetime.fromisoformat(text), "us")
    except ValueError:
        return np.datetime64("NaT", "us")


def _beginning(year: str, unit: str, number: int) -> np.datetime64:
    """The first day of a period of a year.

    Raises:
        ValueError: If the year has no such period.
    """
    digits = year.lstrip("'")
    full_year = int(digits) if len(digits) > 2 else datetime.strptime(digits, "%y").year
    if unit == "W":
        return np.datetime64(date.fromisocalendar(full_year, number, 1), "us")
    months = 12 // _PER_YEAR[unit]
    return np.datetime64(date(full_year, (number - 1) * months + 1, 1), "us")


def _time_of_day(day: str, hour: int, minute: int, second: int) -> np.datetime64:
    """A time from 0:00 to 24:00 of a day.

    Raises:
        ValueError: If a day has no such time.
    """
    seconds = (hour * 60 + minute) * 60 + second
    if minute > 59 or second > 59 or seconds > 86_400:
        raise ValueError(f"{hour}:{minute}:{second}")
    return np.datetime64(day, "us") + np.timedelta64(seconds, "s")
