"""Numbers that a computation can hold: what is not one is refused wherever a number is meant."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

MOST_WHOLE = 2**53
"""Whole numbers up to this one are exact everywhere: in JSON, in float64, in NumPy's int64."""

MOST_FLOAT = 3.4e38
"""What float32 holds."""


def require_number(value: float) -> str:
    """What a number is expected to be, where it is none that can be computed with; else "".

    Args:
        value: A whole or a floating-point number; True and False are none.
    """
    if isinstance(value, int):
        return "" if abs(value) <= MOST_WHOLE else f"Expected at most {MOST_WHOLE:,}"
    if not math.isfinite(value):
        return "Expected a finite number"
    return "" if abs(value) <= MOST_FLOAT else f"Expected at most {MOST_FLOAT:g}"


def numbers_in(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The numbers of a field, each with its place: itself, those of a list or of a mapping."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield place, value
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from numbers_in(item, (*place, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from numbers_in(item, (*place, key))
