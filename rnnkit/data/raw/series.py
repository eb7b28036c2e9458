"""A series in its own units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.data.read.clock import Cycle, shown_time
from rnnkit.data.read.step import Step
from rnnkit.errors import RnnkitError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Series:
    """Columns in the order of time.

    Args:
        targets: The columns to forecast.
        columns: Each column, (steps,): float64 numbers or words of type str; targets first.
        known: Columns that are known in advance: their future is an input too.
        cycles: Cycles of the calendar that are inputs as the columns are, known in advance.
        times: (steps,), in the time zone of the data; None where the steps have no times.
        step: The time between two steps; None where there is none, or not always the same.
        filled: (steps,) whether a target was missing and is filled; nothing is scored there.
        missing: (steps,) the same of each target, by its name; none without a target's entry.
        future: How many steps at the end have no targets yet, but what is known in advance.
        notes: What was left out or filled.
    """

    targets: tuple[str, ...]
    columns: Mapping[str, np.ndarray]
    known: tuple[str, ...] = ()
    cycles: tuple[Cycle, ...] = ()
    times: pd.DatetimeIndex | None = None
    step: Step | None = None
    filled: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    missing: Mapping[str, np.ndarray] = field(default_factory=dict)
    future: int = 0
    notes: tuple[str, ...] = ()

    @cached_property
    def rows(self) -> int:
        """Steps, those of the future included."""
        return len(next(iter(self.columns.values())))

    def __len__(self) -> int:
        """Steps that have targets."""
        return self.rows - self.future

    def place(self, index: int) -> str:
        """How messages call a step."""
        return f"step {index + 1}" if self.times is None else shown_time(self.times[index])

    def logarithm(self, name: str) -> np.ndarray:
        """The logarithm of a column.

        Raises:
            RnnkitError: If a number is not above 0.
        """
        values = self.columns[name]
        if (wrong := np.flatnonzero(values <= 0)).size:
            got = f"return, but {name} is {values[wrong[0]]:.15g} at {self.place(int(wrong[0]))}"
            hint = "Write `transform: difference`"
            raise RnnkitError("data.transform", got, "Expected numbers above 0", hint)
        return np.asarray(np.log(values))

    def extended(self, future: int) -> Series:
        """The series with at least `future` steps after its end; there only the calendar is known,
        and what the series knows already.
        """
        missing = future - self.future
        if missing <= 0:
            return self
        columns = {
            name: np.append(values, np.full(missing, "" if values.dtype.kind == "U" else np.nan))
            for name, values in self.columns.items()
        }
        times = self.times
        if times is not None:
            import pandas as pd

            unknown = pd.DatetimeIndex([pd.NaT] * missing).as_unit("us").tz_localize(times.tz)
            ahead = self.step.after(times[-1], missing) if self.step else unknown
            times = times.append(ahead)
        return replace(self, columns=columns, times=times, future=future)
