"""Arrays as lines of text and as lists for JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rnnkit.cli.output import say

if TYPE_CHECKING:
    import numpy as np


def numbers(values: np.ndarray, units: range) -> str:
    """The values of some units, and the number of all units if these are not all."""
    shown = values[units.start : units.stop]
    rest = f"  ({len(values)})" if len(shown) < len(values) else ""
    return (
        " ".join(f"{value:8.4f}" if values.dtype.kind == "f" else str(value) for value in shown)
        + rest
    )


def shape_text(shape: Sequence[int]) -> str:
    """A shape as text, such as "3x4"."""
    return "x".join(map(str, shape))


def aligned(numbers: list[float], sign: str = "+") -> list[str]:
    """Numbers with signs, aligned at the decimal point, to three digits of the largest at least."""
    largest = max(map(abs, numbers), default=0.0)
    digits = 3 if largest == 0 else min(8, max(0, 3 - math.floor(math.log10(largest))))
    texts = [f"{number:{sign},.{digits}f}" for number in numbers]
    return [text.rjust(max(map(len, texts))) for text in texts]


def print_rows(rows: Sequence[tuple[str, str]]) -> None:
    """Prints names and their numbers in two columns."""
    width = max((len(name) for name, values in rows if values), default=0)
    for name, values in rows:
        say(f"{name.ljust(width)}  {values}".rstrip())


def as_lists(value: Any) -> Any:
    """A value with lists in the place of its arrays, for JSON."""
    if isinstance(value, dict):
        return {key: as_lists(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_lists(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value
