"""Spans of time converted to steps of a series: the history that an error is compared with, and
the gap between two events.

The numbers of NAB are for a step of five minutes. Slower series use the same spans of time, as long
as these hold enough steps for a statistic; faster ones use the same numbers of steps.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from rnnkit.data.raw.series import Series
from rnnkit.data.times.clock import SECOND
from rnnkit.errors import RnnkitError, at
from rnnkit.quantities import counted

UNITS = {
    "s": 1,
    "min": 60,
    "h": 3600,
    "D": 86_400,
    "W": 604_800,
    "M": 2_629_746,
    "Y": 31_556_952,
}
"""Seconds per unit; the average for months and years."""

DAY = UNITS["D"]
GAP, MOST_GAP = DAY // 2, 144
LEAST, FEWEST_LEAST, MOST_LEAST = DAY, 30, 288
HISTORY, FEWEST_HISTORY = 30 * DAY, 1000
UNTIMED = 10, 30, 8640
"""The gap, the shortest and the longest history of a series without times, in steps."""

ASIDE, NAB_STEP = 30, 300
"""How many consecutive errors with a rare mean are excluded from the history if a step is longer
than NAB_STEP seconds: the history is then shorter, and such errors are a larger share of it.
"""

EXPECTED = "Expected a time such as 30min, 12h, 2D or 1M, or a number of steps below 1,000,000,000"


class SpanOptions(TypedDict, total=False):
    """Spans that a user may set: times such as "12h" or "2D", or numbers of steps; None for the
    default.

    Args:
        gap: The largest gap between flagged steps of one event; by default half a day (144 steps if
            a step is shorter than five minutes), at least one step.
        least_history: The history of the first judged step; by default a day (30 to 288 steps).
        history: The longest history that a step is compared with; by default 30 days, at least
            1,000 steps.
    """

    gap: str | int | None
    least_history: str | int | None
    history: str | int | None


@dataclass(frozen=True)
class Spans:
    """Spans in steps of a series.

    Args:
        gap: The largest gap between flagged steps of one event.
        least: The number of mean errors that the first judged step is compared with.
        most: The largest number of mean errors that a step is compared with.
        aside: The largest number of consecutive errors with a rare mean that the history excludes.
        seconds: The length of a step; None for a series without times.
    """

    gap: int
    least: int
    most: int
    aside: int
    seconds: float | None

    @classmethod
    def of(cls, series: Series, options: SpanOptions) -> Spans:
        """Returns the spans of a series: those of the user, else defaults for its step.

        Raises:
            RnnkitError: If an option is not a span, or the shortest history exceeds the longest.
        """
        for name in options.keys() - SpanOptions.__annotations__.keys():
            expected = f"Expected one of: {', '.join(SpanOptions.__annotations__)}"
            raise RnnkitError(name, "no such option", expected)
        seconds = step_seconds(series)
        gap, least, most = _defaults(seconds)
        user_gap = _steps("--gap", options.get("gap"), seconds)
        user_least = _steps("--least-history", options.get("least_history"), seconds)
        user_most = _steps("--history", options.get("history"), seconds)
        least, most = (
            user_least or min(least, user_most or most),
            user_most or max(most, user_least or 0),
        )
        if least > most:
            got = f"{counted(most, 'step')}, and the least history has {least:,}"
            raise RnnkitError("--history", got, "Expected a longer one than --least-history")
        aside = 0 if seconds is not None and seconds <= NAB_STEP else ASIDE
        return cls(user_gap or gap, least, most, aside, seconds)

    def written(self, steps: int) -> str:
        """Returns a span as text, such as "144 steps (12h)"."""
        count = counted(steps, "step")
        if self.seconds is None or self.seconds < 1 or self.seconds % min(DAY, self.seconds // 1):
            return count  # no times, fractions of a second, or months, whose lengths differ
        length = round(steps * self.seconds)
        unit = [name for name in ("s", "min", "h", "D") if length % UNITS[name] == 0][-1]
        return f"{count} ({length // UNITS[unit]:,}{unit})"


def step_seconds(series: Series) -> float | None:
    """Returns the usual time between steps in seconds; None for a series without times."""
    if series.times is None or len(series.times) < 2:
        return None
    times = series.times[: len(series)].to_numpy(dtype="datetime64[us]")  # in UTC
    lengths = np.diff(times).astype(np.int64) / SECOND
    typical = np.median(lengths)
    similar = lengths[np.abs(lengths - typical) <= typical / 4]  # the lengths of months differ
    return float(similar.mean()) if typical > 0 else None


def _defaults(seconds: float | None) -> tuple[int, int, int]:
    """Returns the default gap, shortest and longest history in steps."""
    if seconds is None:
        return UNTIMED
    gap = min(max(int(GAP / seconds), 1), MOST_GAP)
    least = min(max(round(LEAST / seconds), FEWEST_LEAST), MOST_LEAST)
    return gap, least, max(round(HISTORY / seconds), FEWEST_HISTORY)


def _steps(option: str, span: str | int | None, seconds: float | None) -> int | None:
    """Returns a span set by the user in steps, at least 1; None if it is not set."""
    if span is None:
        return None
    with at(option):
        parts = re.fullmatch(r"([1-9][0-9]{0,8})\s*([A-Za-z]*)", str(span).strip())
        unit = _unit(parts[2]) if parts else None
        if parts is None or unit is None:
            raise RnnkitError("", f"found {str(span)!r}", EXPECTED)
        if not unit:
            return int(parts[1])
        if seconds is None:
            got = f"{span}, but the series has no times"
            raise RnnkitError("", got, "Expected a number of steps")
        return max(round(int(parts[1]) * UNITS[unit] / seconds), 1)


def _unit(text: str) -> str | None:
    """Returns the unit of a span, "" for steps, None if it is unknown. Case is ignored except for
    M (months), as m may mean minutes.
    """
    if text in ("", "step", "steps") or text in UNITS:
        return text if text in UNITS else ""
    matches = [unit for unit in UNITS if unit.lower() == text.lower() and unit != "M"]
    return matches[0] if matches else None
