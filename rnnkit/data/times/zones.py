"""Finds time zones by name, and infers the zone of times from their offsets from UTC."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit.data.times.clock import local
from rnnkit.errors import RnnkitError, nearest

if TYPE_CHECKING:
    import pandas as pd

COMMON_ZONES = (  # tried first, since many zones have the same rules
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Australia/Sydney",
)


def find_zone(name: str) -> tzinfo:
    """Finds a time zone by a name such as Europe/Berlin, UTC or +01:00.

    Raises:
        RnnkitError: If there is no such zone.
    """
    from zoneinfo import ZoneInfo, available_timezones

    if len(name) == len("+01:00") and name[0] in "+-" and name[3] == ":":
        digits = name[1:3] + name[4:]
        if digits.isdigit():
            minutes = int(digits[:2]) * 60 + int(digits[2:])
            return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes))
    try:
        return UTC if name.upper() in ("UTC", "Z") else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        expected = "Expected a time zone such as Europe/Berlin, UTC or +01:00"
        near = nearest(name, available_timezones(), count=1)
        hint = f"Write `time_zone: {near[0]}`" if near else ""
        raise RnnkitError("", f"found {name!r}", expected, hint) from None


def zone_of(moments: pd.DatetimeIndex, offsets: np.ndarray) -> tuple[tzinfo, str]:
    """The time zone in which times have these offsets, and a remark if it is a guess.

    Args:
        moments: (times,) in UTC.
        offsets: (times,) minutes from UTC.
    """
    if (offsets == offsets[0]).all():
        return _fixed(int(offsets[0])), ""
    changes = np.flatnonzero(np.diff(offsets, prepend=offsets[0] - 1))
    probes = np.unique([0, len(offsets) - 1, *changes[:40], *(changes[1:40] - 1)])
    pairs = [(moments[index].to_pydatetime(), int(offsets[index])) for index in probes]
    for name in (*COMMON_ZONES, *_zone_names()):
        zone = _load_zone(name)
        if zone is not None and all(_minutes(zone, time) == minutes for time, minutes in pairs):
            readings = local(moments) + offsets.astype("timedelta64[m]")
            if (local(moments.tz_convert(zone)) == readings).all():
                return zone, f"the times change their offset from UTC as in {name}"
    zone = _fixed(int(offsets[-1]))
    return zone, f"the times have several offsets from UTC, not those of one zone: read as {zone}"


def localized(readings: pd.DatetimeIndex, zone: tzinfo) -> pd.DatetimeIndex:
    """Local times as times of a zone; NaT for a time that the clock skips, or shows twice if the
    order of the times does not tell which is meant.
    """
    try:
        return readings.tz_localize(zone, ambiguous="infer", nonexistent="NaT")
    except ValueError:
        return readings.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")


def _fixed(minutes: int) -> tzinfo:
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def _minutes(zone: tzinfo, time: Any) -> int | None:
    offset = time.astimezone(zone).utcoffset()
    return None if offset is None else int(offset.total_seconds() // 60)


@cache
def _zone_names() -> tuple[str, ...]:
    from zoneinfo import available_timezones

    return tuple(sorted(available_timezones()))


@cache
def _load_zone(name: str) -> tzinfo | None:
    """The time zone of a name; None if the machine has no such zone in its database."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
