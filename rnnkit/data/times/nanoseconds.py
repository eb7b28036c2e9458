"""Detects times that differ by less than a microsecond."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_SEVEN_DECIMALS = re.compile(r"[.,]\d{7}")
MAX_COMPARED = 10_000  # rows of the same microsecond


def row_within_microsecond(
    times: pd.DatetimeIndex, cells: Sequence[str] | np.ndarray, in_nanoseconds: bool
) -> int | None:
    """The first row whose time differs from that of the row before by less than a microsecond;
    None if there is none.

    Args:
        times: (rows,) in microseconds.
        cells: (rows,) the cells that they were read from: texts, or times.
        in_nanoseconds: Whether the texts are counts of nanoseconds.
    """
    equal = np.flatnonzero(np.diff(times.asi8) == 0)[:MAX_COMPARED] + 1
    for row in equal.tolist():
        before, cell = cells[row - 1], cells[row]
        has_digits = in_nanoseconds or not isinstance(cell, str) or _SEVEN_DECIMALS.search(cell)
        if before != cell and has_digits:
            return int(row)
    return None
