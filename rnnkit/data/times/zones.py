"""Time zones of a series: the offsets that its texts write, and the zone that they follow."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnkit.data.times.clock import local
from rnnkit.errors import RnnkitError, nearest

if TYPE_CHECKING:
    import pandas as pd

# Tried before the rest of those that the machine knows, whose rules are often the same.
COMMON_ZONES = (
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
    """The time zone of a name such as Europe/Berlin, UTC or +01:00.

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
    """The time zone in which times are written with these offsets, and a line where it is a guess.

    Args:
        moments: In UTC.
        offsets: (times,) minutes from UTC.
    """
    if (offsets == offsets[0]).all():
        return _fixed(int(offsets[0])), ""
    changes = np.flatnonzero(np.diff(offsets, prepend=offsets[0] - 1))
    probes = np.unique([0, len(offsets) - 1, *changes[:40], *(changes[1:40] - 1)])
    pairs = [(moments[index].to_pydatetime(), int(offsets[index])) for index in probes]
    for name in (*COMMON_ZONES, *_names()):
        zone = _known(name)
        if zone is not None and all(_minutes(zone, time) == minutes for time, minutes in pairs):
            readings = local(moments) + offsets.astype("timedelta64[m]")
            if (local(moments.tz_convert(zone)) == readings).all():
                return zone, f"the times change their offset from UTC as in {name}"
    zone = _fixed(int(offsets[-1]))
    line = f"the times have several offsets from UTC, not those of one zone: read as {zone}"
    return zone, line


def localized(readings: pd.DatetimeIndex, zone: tzinfo) -> pd.DatetimeIndex:
    """What the clock of a zone showed, as times; NaT where it never showed that, or twice in no
    order that tells which is which.
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
def _names() -> tuple[str, ...]:
    from zoneinfo import available_timezones

    return tuple(sorted(available_timezones()))


@cache
def _known(name: str) -> tzinfo | None:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a machine without a database of zones
        return None
