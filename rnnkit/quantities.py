"""A quantity as a sentence says it: a number with its noun and its verb, a share in percent."""

from __future__ import annotations


def counted(count: int, one: str, several: str = "") -> str:
    """A number with what is counted: "1 step", "2,000 steps".

    Args:
        count: How many.
        one: What a single one is called, with words that agree with it: "row is".
        several: What others are called; "" for `one` with an s.
    """
    return f"{count:,} {agreed(count, one, several or one + 's')}"


def agreed(count: int, one: str, several: str) -> str:
    """The word that agrees with a number: "is" or "are"."""
    return one if count == 1 else several


def percent(share: float, digits: int = 0) -> str:
    """A share as prose has it: "45 %"; digits behind the point."""
    return f"{100 * share:.{digits}f} %"
