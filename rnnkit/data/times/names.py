"""Names of steps in other libraries, for hints."""

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
"""Units as pandas and people call them, in lower case: this many of ours."""


def meant_step(name: str) -> str:
    """A hint for a step named as in other libraries, such as 1Q or 10 days; "" for other names."""
    found = re.fullmatch(r"(\d{0,4}) ?([A-Za-z]+?)(?:-[A-Z]{3})?", name)
    if found is None or (unit := _OTHER_NAMES.get(found[2].lower())) is None:
        return ""
    return f"Write `resample: {int(found[1] or 1) * unit[0]}{unit[1]}`"
