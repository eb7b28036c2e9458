"""Numbers that can be computed with: others are refused wherever a config expects a number."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

MOST_WHOLE = 2**53
"""Whole numbers up to this one are exact everywhere: in JSON, float64 and NumPy's int64."""

MOST_FLOAT = 3.4e38
"""The largest number of float32, nearly."""


def require_number(value: float) -> str:
    """What is expected instead of a number that cannot be computed with; "" if it can.

    Args:
        value: A whole or a floating-point number, not a boolean.
    """
    if isinstance(value, int):
        return "" if abs(value) <= MOST_WHOLE else f"Expected at most {MOST_WHOLE:,}"
    if not math.isfinite(value):
        return "Expected a finite number"
    return "" if abs(value) <= MOST_FLOAT else f"Expected at most {MOST_FLOAT:g}"


def numbers_in(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The numbers in a field with their places: its value, or those in its list or mapping."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield place, value
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from numbers_in(item, (*place, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from numbers_in(item, (*place, key))
