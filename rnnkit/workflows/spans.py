"""Spans of time in the steps of a series: how much history an error is compared with, and how far
apart two events are.

NAB's numbers are those of a step of five minutes. In time they hold for slower series too, as far
as a statistic can be taken from so few steps; faster ones keep the numbers of steps.
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
"""Seconds; of a month and a year on average."""

DAY = UNITS["D"]
GAP, MOST_GAP = DAY // 2, 144
LEAST, FEWEST_LEAST, MOST_LEAST = DAY, 30, 288
HISTORY, FEWEST_HISTORY = 30 * DAY, 1000
UNTIMED = 10, 30, 8640
"""The gap, the least and the longest history, in steps, of a series without times."""

ASIDE, NAB_STEP = 30, 300
"""Errors of rare means in a row that a step is not compared with, where a step is longer than
NAB's: of a shorter history they are a larger share."""

EXPECTED = "Expected a time such as 30min, 12h, 2D or 1M, or a number of steps below 1,000,000,000"


class SpanOptions(TypedDict, total=False):
    """What a user may set: times such as "12h" or "2D", or numbers of steps; None as unset.

    Args:
        gap: Flagged steps at most so far apart are one event; half a day (of a step below five
            minutes 144 steps), at least one step.
        least_history: The history that the first judged step has; a day (30 to 288 steps).
        history: The history that a step is compared with at most; 30 days, at least 1,000 steps.
    """

    gap: str | int | None
    least_history: str | int | None
    history: str | int | None


@dataclass(frozen=True)
class Spans:
    """Spans in steps.

    Args:
        gap: Flagged steps at most so far apart are one event.
        least: Mean errors that the first judged step is compared with.
        most: Mean errors that a step is compared with at most.
        aside: Up to so many errors of rare means in a row are no part of that history.
        seconds: The length of a step; None if it has none.
    """

    gap: int
    least: int
    most: int
    aside: int
    seconds: float | None

    @classmethod
    def of(cls, series: Series, options: SpanOptions) -> Spans:
        """The spans of a series: the user's, else those that fit its step.

        Raises:
            RnnkitError: If an option is not a span, or the least history is longer than all of it.
        """
        for name in options.keys() - SpanOptions.__annotations__.keys():
            expected = f"Expected one of: {', '.join(SpanOptions.__annotations__)}"
            raise RnnkitError(name, "no such option", expected)
        seconds = step_seconds(series)
        gap, least, most = _defaults(seconds)
        own_gap = _steps("--gap", options.get("gap"), seconds)
        own_least = _steps("--least-history", options.get("least_history"), seconds)
        own_most = _steps("--history", options.get("history"), seconds)
        least, most = (
            own_least or min(least, own_most or most),
            own_most or max(most, own_least or 0),
        )
        if least > most:
            got = f"{counted(most, 'step')}, and the least history has {least:,}"
            raise RnnkitError("--history", got, "Expected a longer one than --least-history")
        aside = 0 if seconds is not None and seconds <= NAB_STEP else ASIDE
        return cls(own_gap or gap, least, most, aside, seconds)

    def written(self, steps: int) -> str:
        """A span as a person reads it: "144 steps (12h)"."""
        count = counted(steps, "step")
        if self.seconds is None or self.seconds < 1 or self.seconds % min(DAY, self.seconds // 1):
            return count  # no time, parts of a second, or months, which are of unequal length
        length = round(steps * self.seconds)
        unit = [name for name in ("s", "min", "h", "D") if length % UNITS[name] == 0][-1]
        return f"{count} ({length // UNITS[unit]:,}{unit})"


def step_seconds(series: Series) -> float | None:
    """The usual time from one step to the next; None without times."""
    if series.times is None or len(series.times) < 2:
        return None
    times = series.times[: len(series)].to_numpy(dtype="datetime64[us]")  # in UTC
    lengths = np.diff(times).astype(np.int64) / SECOND
    usual = np.median(lengths)
    alike = lengths[np.abs(lengths - usual) <= usual / 4]  # months are of unequal length
    return float(alike.mean()) if usual > 0 else None


def _defaults(seconds: float | None) -> tuple[int, int, int]:
    """Gap, least and longest history in steps."""
    if seconds is None:
        return UNTIMED
    gap = min(max(int(GAP / seconds), 1), MOST_GAP)
    least = min(max(round(LEAST / seconds), FEWEST_LEAST), MOST_LEAST)
    return gap, least, max(round(HISTORY / seconds), FEWEST_HISTORY)


def _steps(option: str, span: str | int | None, seconds: float | None) -> int | None:
    """A user's span in steps, at least 1."""
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
    """The unit that a user means; "" for steps. Only an M is told from an m: m may be minutes."""
    if text in ("", "step", "steps") or text in UNITS:
        return text if text in UNITS else ""
    alike = [unit for unit in UNITS if unit.lower() == text.lower() and unit != "M"]
    return alike[0] if alike else None
