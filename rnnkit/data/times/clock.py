"""Local times, calendar cycles and the display of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Cycle = Literal["day", "week", "year"]
MONDAY = np.datetime64("1969-12-29", "us")  # the origin from which steps are numbered
SECOND = 1_000_000  # microseconds, the unit of a series' times
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
YEAR = 31_556_952 * SECOND  # of the Gregorian calendar, on average


def local(times: pd.DatetimeIndex) -> np.ndarray:
    """The readings of the local clock: (steps,) datetime64[us]."""
    return np.asarray(times.tz_localize(None).to_numpy().astype("datetime64[us]"))


def times_at(readings: np.ndarray, zone: object) -> pd.DatetimeIndex:
    """The times at which the clock of a zone shows these readings: the first of two equal readings,
    and the next time that exists after a reading that the clock skips.

    Args:
        readings: (steps,) datetime64[us].
        zone: The time zone; None for times without one.
    """
    import pandas as pd

    times = pd.DatetimeIndex(readings).as_unit("us")
    if zone is None:
        return times
    ambiguous = np.ones(len(times), bool)
    return times.tz_localize(zone, ambiguous=ambiguous, nonexistent="shift_forward")


def month_numbers(readings: np.ndarray) -> np.ndarray:
    """The calendar months since January 1970: (times,)."""
    return np.asarray(readings.astype("datetime64[M]").astype(np.int64))


def days_of_month(readings: np.ndarray) -> np.ndarray:
    """The days of the month, from 1: (times,)."""
    days, months = readings.astype("datetime64[D]"), readings.astype("datetime64[M]")
    return np.asarray((days - months.astype("datetime64[D]")).astype(int) + 1)


def standard_offset(zone: object) -> np.timedelta64:
    """A zone's offset from UTC in the winter of 1969."""
    import pandas as pd

    offset = pd.Timestamp("1970-01-01", tz=zone).utcoffset()
    return np.timedelta64(int(offset.total_seconds() * SECOND), "us")


def cycles(times: pd.DatetimeIndex, names: tuple[Cycle, ...]) -> np.ndarray:
    """The sine and cosine of the phase within each calendar cycle, in local time.

    Returns:
        (steps, 2 cycles).
    """
    elapsed = (local(times) - MONDAY).astype(np.int64)
    lengths = {"day": DAY, "week": 7 * DAY, "year": YEAR}
    angles = [2 * np.pi * (elapsed % lengths[name]) / lengths[name] for name in names]
    return (
        np.stack([wave(angle) for angle in angles for wave in (np.sin, np.cos)], axis=1)
        if names
        else np.empty((len(times), 0))
    )


def shown_time(time: pd.Timestamp) -> str:
    """A time for messages: the date alone at midnight, else with the offset from UTC, if any."""
    if time == time.normalize():
        return str(time.date())
    return str(time) if time.tz is None else str(time.isoformat())


def shown_times(times: pd.DatetimeIndex) -> list[str]:
    """Times for a table, all in one format: with the offset from UTC if they have a time zone, and
    as dates if they have none and all are midnights.
    """
    if times.tz is None and (times == times.normalize()).all():
        return [str(time) for time in times.strftime("%Y-%m-%d")]
    readings = local(times)
    digits: Literal["s", "ms", "us"] = "s"
    if (readings.astype(np.int64) % SECOND).any():
        digits = "us" if (readings.astype(np.int64) % 1000).any() else "ms"
    texts = np.datetime_as_string(readings, unit=digits).tolist()
    if times.tz is None:
        return [text.replace("T", " ") for text in texts]
    offsets = (readings - local(times.tz_convert("UTC"))).astype("timedelta64[m]").astype(int)
    suffixes = {
        minutes: f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
        for minutes in set(offsets.tolist())
    }
    return [text + suffixes[minutes] for text, minutes in zip(texts, offsets.tolist(), strict=True)]
