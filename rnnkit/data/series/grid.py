"""The columns of one series, a row for each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.data.times.clock import shown_time
from rnnkit.data.times.step import Step

if TYPE_CHECKING:
    import pandas as pd

NO_ROWS = np.empty(0, np.int64)


@dataclass(frozen=True)
class Grid:
    """The columns of one series, a row for each step.

    Args:
        columns: (steps,) each: numbers, NaN if missing, or categories, "" if missing.
        times: (steps,) in the time zone of the file; None if it has no times.
        step: The time between two steps; None if it varies.
        rows: (steps,) the row of each step in the file; empty if several rows were averaged.
        source: The name of the file in messages.
        keys: The columns that identify this series in the file, with their values.
    """

    columns: Mapping[str, np.ndarray]
    times: pd.DatetimeIndex | None
    step: Step | None
    rows: np.ndarray
    source: str
    keys: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def part(self, first: int, end: int) -> Grid:
        """The steps from `first` to before `end`."""
        return self.take(np.arange(first, end))

    def take(self, indices: np.ndarray) -> Grid:
        """The steps at these indices."""
        columns = {name: values[indices] for name, values in self.columns.items()}
        times = None if self.times is None else self.times[indices]
        rows = self.rows[indices] if len(self.rows) else self.rows
        return replace(self, columns=columns, times=times, rows=rows)

    def place(self, index: int) -> str:
        """A step as messages name it: by its row in the file, or by its time."""
        return f"row {self.rows[index]}" if len(self.rows) else shown_time(self.times[index])  # type: ignore[index]


def present(values: np.ndarray) -> np.ndarray:
    """Whether each step has a value: (steps,)."""
    return values != "" if values.dtype.kind == "U" else ~np.isnan(values)
