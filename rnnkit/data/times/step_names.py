"""Names of steps in other libraries and in common use, for hints."""

from __future__ import annotations

import re

_OTHER_NAMES = {
    **dict.fromkeys(("t", "minute", "minutes", "min"), (1, "min")),
    **dict.fromkeys(("sec", "second", "seconds", "s"), (1, "s")),
    **dict.fromkeys(("hour", "hours", "hr", "h"), (1, "h")),
    **dict.fromkeys(("day", "days", "d"), (1, "D")),
    **dict.fromkeys(("bd", "b"), (1, "B")),
    **dict.fromkeys(("week", "weeks", "w"), (1, "W")),
    **dict.fromkeys(("month", "months", "me", "ms", "mo", "m"), (1, "M")),
    **dict.fromkeys(("quarter", "quarters", "q", "qe", "qs"), (3, "M")),
    **dict.fromkeys(("year", "years", "y", "ye", "ys", "a", "as"), (1, "Y")),
}
"""Units in pandas' notation and in words, lower case, with the count and unit in our notation."""


def step_hint(name: str) -> str:
    """A hint on a step in another notation, such as 1Q or 10 days; "" for an unknown name."""
    match = re.fullmatch(r"(\d{0,4}) ?([A-Za-z]+?)(?:-[A-Z]{3})?", name)
    if match is None or (unit := _OTHER_NAMES.get(match[2].lower())) is None:
        return ""
    return f"Write `resample: {int(match[1] or 1) * unit[0]}{unit[1]}`"
