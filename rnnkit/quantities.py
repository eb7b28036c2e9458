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


def byte_size(count: float) -> str:
    """A number of bytes in a readable unit: "512 bytes", "1.5 GB"."""
    units = ("bytes", "kB", "MB", "GB", "TB")
    power = min(len(units) - 1, max(0, len(f"{count:.0f}") - 1) // 3)
    value = count / 1000**power
    digits = 0 if value >= 100 or not power else 1
    return f"{value:,.{digits}f} {units[power]}"


def percent(share: float, digits: int = 0) -> str:
    """A share in percent, with so many decimal places: "45 %"."""
    return f"{100 * share:.{digits}f} %"
