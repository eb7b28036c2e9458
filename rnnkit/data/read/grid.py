"""Columns of a table on the steps of a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnnkit.data.read.clock import Step, shown_time


@dataclass(frozen=True)
class Grid:
    """Columns of numbers (NaN where missing) and of words ("" where missing), a step in each row.

    Args:
        columns: (steps,) each.
        times: (steps,) datetime64[s], or None.
        step: The time between two steps, where it is always the same.
        rows: The file's row of each step; empty where several rows make a step.
        source: What messages call the file.
    """

    columns: Mapping[str, np.ndarray]
    times: np.ndarray | None
    step: Step | None
    rows: Sequence[int]
    source: str

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def part(self, first: int, end: int) -> Grid:
        """The steps from `first` to before `end`."""
        columns = {name: values[first:end] for name, values in self.columns.items()}
        return replace(
            self,
            columns=columns,
            times=None if self.times is None else self.times[first:end],
            rows=self.rows[first:end],
        )

    def place(self, index: int) -> str:
        """A step, by the file's row or by its time."""
        return f"row {self.rows[index]}" if self.rows else shown_time(self.times[index])  # type: ignore[index]


def present(values: np.ndarray) -> np.ndarray:
    """(steps,) whether a column has a value."""
    return values != "" if values.dtype.kind == "U" else ~np.isnan(values)
