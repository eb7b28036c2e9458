"""Detects times that differ by less than a microsecond."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

_FINER = re.compile(r"[.,]\d{7}")
MOST_COMPARED = 10_000  # rows of the same microsecond


def finer_row(
    times: pd.DatetimeIndex, cells: Sequence[str] | np.ndarray, in_nanoseconds: bool
) -> int | None:
    """The first row whose time differs from that of the row before by less than a microsecond;
    None if there is none.

    Args:
        times: (rows,) to the microsecond.
        cells: (rows,) their texts; an array where the file has them as times.
        in_nanoseconds: Whether texts are counts of nanoseconds.
    """
    alike = np.flatnonzero(np.diff(times.asi8) == 0)[:MOST_COMPARED] + 1
    for row in alike.tolist():
        before, cell = cells[row - 1], cells[row]
        if before != cell and (in_nanoseconds or not isinstance(cell, str) or _FINER.search(cell)):
            return int(row)
    return None
