"""Arrays of numbers as lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rnnkit.cli.output import say

if TYPE_CHECKING:
    import numpy as np


def numbers(values: np.ndarray, units: range) -> str:
    """The values of some units, and how many there are in all."""
    shown = values[units.start : units.stop]
    rest = f"  ({len(values)})" if len(shown) < len(values) else ""
    return (
        " ".join(f"{value:8.4f}" if values.dtype.kind == "f" else str(value) for value in shown)
        + rest
    )


def shape_text(shape: Sequence[int]) -> str:
    """3x4."""
    return "x".join(map(str, shape))


def print_rows(rows: Sequence[tuple[str, str]]) -> None:
    """Names, and their numbers under each other."""
    width = max((len(name) for name, values in rows if values), default=0)
    for name, values in rows:
        say(f"{name.ljust(width)}  {values}".rstrip())
