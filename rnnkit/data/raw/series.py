"""Time series in their original units."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.data.times.clock import Cycle, shown_time
from rnnkit.data.times.step import Step
from rnnkit.errors import RnnkitError, setting

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Series:
    """One time series, or several joined end to end.

    Args:
        targets: The columns to forecast.
        columns: Each column, (steps,), float64 numbers or str categories; targets first.
        known: Columns known in advance (future covariates): their future is an input too.
        cycles: Calendar cycles that are further inputs, known in advance.
        times: (steps,) in the time zone of the data; None if the steps have no times.
        step: The time between two steps; None if there is none, or if it varies.
        filled: (steps,) whether a missing target was imputed; such steps are not scored.
        missing: (steps,) the same by target name; without an entry nothing is missing.
        future: Number of steps at the end without targets, of which only covariates are known.
        notes: What was left out or imputed.
        keys: The columns that identify this series among others of its table, with their values.
        members: The series joined end to end, without their futures; empty for a single series.
        file_rows: (steps,) the row of the file of each step; empty if several rows make a step.
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
    keys: Mapping[str, str] = field(default_factory=dict)
    members: tuple[Series, ...] = ()
    file_rows: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def each(self) -> tuple[Series, ...]:
        """The joined series, or this one alone."""
        return self.members or (self,)

    @cached_property
    def spans(self) -> tuple[range, ...]:
        """The steps of each series within this one."""
        ends = np.cumsum([len(member) for member in self.each]).tolist()
        return tuple(itertools.starmap(range, zip([0, *ends], ends, strict=False)))

    @cached_property
    def rows(self) -> int:
        """Number of steps, including the future."""
        return len(next(iter(self.columns.values())))

    def __len__(self) -> int:
        """Number of steps that have targets."""
        return self.rows - self.future

    def place(self, index: int) -> str:
        """The name of a step in messages."""
        if self.members:
            number = int(np.searchsorted([span.stop for span in self.spans], index, side="right"))
            member = self.members[number]
            return f"{member.name}: {member.place(index - self.spans[number].start)}"
        return f"step {index + 1}" if self.times is None else shown_time(self.times[index])

    @property
    def name(self) -> str:
        """The name of this series in messages, among others of its table: "store A"."""
        return ", ".join(f"{column} {value}" for column, value in self.keys.items())

    @property
    def names(self) -> list[str]:
        """The names of the joined series."""
        return [member.name for member in self.each]

    def logarithm(self, name: str) -> np.ndarray:
        """The logarithm of a column.

        Raises:
            RnnkitError: If a value is not positive.
        """
        values = self.columns[name]
        if (wrong := np.flatnonzero(values <= 0)).size:
            got = f"return, but {name} is {values[wrong[0]]:.15g} at {self.place(int(wrong[0]))}"
            hint = "Write `data.transform: difference`"
            raise RnnkitError("data.transform", got, "Expected numbers above 0", hint)
        return np.asarray(np.log(values))

    def within(self, spans: Sequence[range]) -> Series:
        """A part of each series, given as ranges of steps of the whole."""
        if not self.members:
            return self._between(slice(spans[0].start, spans[0].stop))
        parts = [
            member._between(slice(span.start - whole.start, span.stop - whole.start))
            for member, whole, span in zip(self.members, self.spans, spans, strict=True)
            if span
        ]
        return joined(parts, ())

    def _between(self, steps: slice) -> Series:
        return replace(
            self,
            columns={name: values[steps] for name, values in self.columns.items()},
            times=None if self.times is None else self.times[steps],
            filled=self.filled[steps],
            missing={name: flags[steps] for name, flags in self.missing.items()},
            future=0,
        )

    def extended(self, future: int) -> Series:
        """The series with at least `future` steps after its end, of which only the calendar and the
        covariates already read are known.
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


def joined(members: Sequence[Series], notes: Sequence[str]) -> Series:
    """Joins series end to end; their futures stay with the members.

    Args:
        members: At least one series, all with the same columns.
        notes: What was left out or imputed when they were read.

    Raises:
        RnnkitError: If their steps differ.
    """
    if len(members) == 1:
        return replace(members[0], notes=tuple(notes))
    steps = [member.step for member in members if member.step]
    if steps:
        members = [_with_step(member, steps[0]) for member in members]
        steps = [member.step for member in members if member.step]
    first = members[0]
    other = next((member for member in members if str(member.step) != str(first.step)), None)
    if other and len(steps) == len(members):
        got = f"{first.name} has a step of {first.step}, {other.name} of {other.step}"
        longest = max(steps, key=lambda step: step.seconds)
        hint = f"Write {setting('resample', str(longest))}"
        raise RnnkitError("", got, "Expected one step", hint)
    columns = {
        name: np.concatenate([member.columns[name][: len(member)] for member in members])
        for name in first.columns
    }
    times = first.times
    if times is not None:
        histories = [member.times[: len(member)] for member in members if member.times is not None]
        times = histories[0].append(histories[1:])
    filled = np.concatenate([member.filled[: len(member)] for member in members])
    missing = {
        name: np.concatenate([member.missing[name][: len(member)] for member in members])
        for name in first.missing
    }
    return replace(
        first,
        columns=columns,
        step=None if other else first.step,
        times=times,
        filled=filled,
        missing=missing,
        future=0,
        notes=tuple(notes),
        keys={},
        members=tuple(members),
    )


def _with_step(series: Series, step: Step) -> Series:
    """A series of a single row, which has no step of its own, with the step of the others."""
    if series.step or series.times is None or len(series.times) > 1:
        return series
    return replace(series, step=step.anchored(series.times) or step)
