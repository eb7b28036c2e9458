"""Local times, calendar cycles and the display of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Cycle = Literal["day", "week", "year"]
MONDAY = np.datetime64("1969-12-29", "us")  # weeks begin on it, and days at its midnight
SECOND = 1_000_000  # microseconds, in which a series' times are kept
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
YEAR = 31_556_952 * SECOND  # of the Gregorian calendar, on average


def local(times: pd.DatetimeIndex) -> np.ndarray:
    """What the local clock shows, (steps,) datetime64[us]."""
    return np.asarray(times.tz_localize(None).to_numpy().astype("datetime64[us]"))


def placed(readings: np.ndarray, zone: object) -> pd.DatetimeIndex:
    """The times at which the clock of a zone shows these readings: the first of two, and the next
    one where the clock is put forward over it.
    """
    import pandas as pd

    times = pd.DatetimeIndex(readings).as_unit("us")
    if zone is None:
        return times
    ambiguous = np.ones(len(times), bool)
    return times.tz_localize(zone, ambiguous=ambiguous, nonexistent="shift_forward")


def cycles(times: pd.DatetimeIndex, names: tuple[Cycle, ...]) -> np.ndarray:
    """Sine and cosine of the place in each cycle of the local clock and calendar, so that its end
    is next to its beginning: (steps, 2 cycles).
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
    """A time as a person writes it: without the clock at midnight, else with its offset."""
    if time == time.normalize():
        return str(time.date())
    return str(time) if time.tz is None else str(time.isoformat())


def shown_times(times: pd.DatetimeIndex) -> list[str]:
    """Times for a table, all written alike: with the offset that a time zone has, and without the
    clock where all are midnights without one.
    """
    if times.tz is None and (times == times.normalize()).all():
        return [str(time) for time in times.strftime("%Y-%m-%d")]
    readings = local(times)
    digits: Literal["s", "ms", "us"] = "s"
    if (readings.astype(np.int64) % SECOND).any():
        digits = "us" if (readings.astype(np.int64) % 1000).any() else "ms"
    written = np.datetime_as_string(readings, unit=digits).tolist()
    if times.tz is None:
        return [text.replace("T", " ") for text in written]
    offsets = (readings - local(times.tz_convert("UTC"))).astype("timedelta64[m]").astype(int)
    suffixes = {
        minutes: f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
        for minutes in set(offsets.tolist())
    }
    return [
        text + suffixes[minutes] for text, minutes in zip(written, offsets.tolist(), strict=True)
    ]
