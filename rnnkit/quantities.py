"""Quantities in prose: a number with its noun and verb, a share in percent."""

from __future__ import annotations


def counted(count: int, one: str, several: str = "") -> str:
    """A number with its noun: "1 step", "2,000 steps".

    Args:
        count: The number.
        one: The singular, with words that agree with it: "row is".
        several: The plural; "" for `one` with an s.
    """
    return f"{count:,} {agreed(count, one, several or one + 's')}"


def agreed(count: int, one: str, several: str) -> str:
    """The form that agrees with a number: "is" or "are"."""
    return one if count == 1 else several


def percent(share: float, digits: int = 0) -> str:
    """A share in percent, with so many decimal places: "45 %"."""
    return f"{100 * share:.{digits}f} %"
