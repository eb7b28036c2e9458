"""A series in its own units."""

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
    """Columns in the order of time.

    Args:
        targets: The columns to forecast.
        columns: Each column, (steps,): float64 numbers or words of type str; targets first.
        known: Columns that are known in advance: their future is an input too.
        cycles: Cycles of the calendar that are inputs as the columns are, known in advance.
        times: (steps,), in the time zone of the data; None if the steps have no times.
        step: The time between two steps; None if there is none, or not always the same.
        filled: (steps,) whether a target was missing and is filled; nothing is scored there.
        missing: (steps,) the same of each target, by its name; none without a target's entry.
        future: How many steps at the end have no targets yet, but what is known in advance.
        notes: What was left out or filled.
        keys: The columns that tell it from other series of its table, with its values.
        members: The series that it joins, one after the other without their futures; none if it
            is one.
        file_rows: (steps,) the file's row of each step; none if several rows make a step.
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
        """The series that it joins, or itself."""
        return self.members or (self,)

    @cached_property
    def spans(self) -> tuple[range, ...]:
        """The steps of each series within this one."""
        ends = np.cumsum([len(member) for member in self.each]).tolist()
        return tuple(itertools.starmap(range, zip([0, *ends], ends, strict=False)))

    @cached_property
    def rows(self) -> int:
        """Steps, those of the future included."""
        return len(next(iter(self.columns.values())))

    def __len__(self) -> int:
        """Steps that have targets."""
        return self.rows - self.future

    def place(self, index: int) -> str:
        """How messages call a step."""
        if self.members:
            number = int(np.searchsorted([span.stop for span in self.spans], index, side="right"))
            member = self.members[number]
            return f"{member.name}: {member.place(index - self.spans[number].start)}"
        return f"step {index + 1}" if self.times is None else shown_time(self.times[index])

    @property
    def name(self) -> str:
        """What messages call it among others of its table: "store A"."""
        return ", ".join(f"{column} {value}" for column, value in self.keys.items())

    @property
    def names(self) -> list[str]:
        """The names of the series that it joins."""
        return [member.name for member in self.each]

    def logarithm(self, name: str) -> np.ndarray:
        """The logarithm of a column.

        Raises:
            RnnkitError: If a number is not above 0.
        """
        values = self.columns[name]
        if (wrong := np.flatnonzero(values <= 0)).size:
            got = f"return, but {name} is {values[wrong[0]]:.15g} at {self.place(int(wrong[0]))}"
            hint = "Write `data.transform: difference`"
            raise RnnkitError("data.transform", got, "Expected numbers above 0", hint)
        return np.asarray(np.log(values))

    def within(self, spans: Sequence[range]) -> Series:
        """Some steps of each series alone, by their numbers in the whole."""
        if not self.members:
            return self._between(slice(spans[0].start, spans[0].stop))
        each = [
            member._between(slice(span.start - whole.start, span.stop - whole.start))
            for member, whole, span in zip(self.members, self.spans, spans, strict=True)
            if span
        ]
        return joined(each, ())

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


def joined(members: Sequence[Series], notes: Sequence[str]) -> Series:
    """Several series as one, one after the other; their futures stay with each.

    Args:
        members: At least one, of the same columns.
        notes: What was left out or filled in reading them.

    Raises:
        RnnkitError: If their steps differ.
    """
    if len(members) == 1:
        return replace(members[0], notes=tuple(notes))
    steps = [member.step for member in members if member.step]
    if steps:
        members = [_of_one_row(member, steps[0]) for member in members]
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


def _of_one_row(series: Series, step: Step) -> Series:
    """A series whose one row says nothing of its step, with that of the others."""
    if series.step or series.times is None or len(series.times) > 1:
        return series
    return replace(series, step=step.anchored(series.times) or step)
