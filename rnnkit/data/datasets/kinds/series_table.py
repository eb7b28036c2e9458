"""The keys of time series in tables, in files or in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rnnkit.config.mistakes import mistake, mistakes_at
from rnnkit.config.unused import Unused
from rnnkit.data.datasets.kinds.series import SAMPLE_STEPS, SeriesDataset, sample_times, waves
from rnnkit.data.datasets.kinds.table import NumberKeys
from rnnkit.data.formats.format import Rows
from rnnkit.data.memory.rows import MemoryRows
from rnnkit.data.memory.shapes import named_series
from rnnkit.data.raw.series import Series, joined
from rnnkit.data.series.cells import SeriesColumns
from rnnkit.data.series.equal_steps import ROWS, StepRule
from rnnkit.data.series.gaps import Fill, fill_gaps, trim_ends
from rnnkit.data.series.grid import Grid, present
from rnnkit.data.series.table import column_names, read_grids
from rnnkit.data.times.clock import Cycle
from rnnkit.data.times.step import EXAMPLES, RULE, Step
from rnnkit.data.times.step_names import step_hint
from rnnkit.data.times.texts import TimeColumns
from rnnkit.data.times.zones import find_zone
from rnnkit.errors import RnnkitError

KEYS_OF_FILES = ("time", "time_format", "time_zone", "series", "resample", "partial", "fill")
Column = str | int


class SeriesTableDataset(NumberKeys, SeriesDataset):
    """A table with a column to forecast and, where there are, further columns and a timestamp.

    Of the further columns the past is an input. Those in `known`, and the calendar, are known in
    advance: of them the future is an input too.
    """

    file_keys: ClassVar[tuple[str, ...]] = KEYS_OF_FILES

    target: Column | list[Column] = Field(
        description=(
            "the column to forecast, or a list of them: names, or numbers from 0 where there is no"
            " header"
        )
    )
    features: list[Column] = Field([], description="further columns of numbers")
    categorical: list[Column] = Field(
        [],
        description=(
            "columns of categories, those that the training set has; a target among them is "
            "predicted as a number for each category"
        ),
    )
    known: list[Column] = Field(
        [],
        description=(
            "which of the further columns are known in advance, such as a plan or a holiday"
        ),
    )
    series: Column | list[Column] | None = Field(
        None,
        description=(
            "the column, or columns, that identify the series in a table of several: one model "
            "for all of them, with windows and parts within each"
        ),
    )
    time: Column | list[Column] | None = Field(
        None,
        description="the column of the timestamp, or several, such as [year, month, day, hour]",
    )
    time_format: str | None = Field(
        None,
        description=(
            "its format: as of strptime, or unix, unix_ms (also unix_us, unix_ns) or excel; by "
            "default ISO 8601, or a period such as 1960Q1, 1960H1 or 1960M01"
        ),
    )
    time_zone: str | None = Field(
        None,
        description=(
            "the time zone, such as Europe/Berlin, of times without an offset; those with one are"
            " converted to it"
        ),
    )
    resample: str | None = Field(
        None,
        description=(
            "the step over which rows are averaged (5min, 1h, 1D, 1B of business days, 1W, SM of"
            " half months, 1M); or rows: each row is a step, whatever time lies between"
        ),
    )
    partial: Literal["drop", "keep"] = Field(
        "drop", description="what happens to a first or last step of resample that is incomplete"
    )
    fill: Fill = Field(
        "error",
        description=(
            "how gaps are filled: error (not at all), previous (the value before) or linear "
            "(which looks ahead)"
        ),
    )
    cycles: list[Cycle] = Field(
        [], description="the position in the day, the week or the year, as inputs"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems: list[tuple[tuple[str | int, ...], PydanticCustomError]] = []

        def wrong(key: str, got: str, expected: str, hint: str = "") -> None:
            problems.append(((key,), mistake(got, expected, hint)))

        words = [name for name in self._words if name not in self.targets]
        named = [*self.targets, *(further := [*map(str, self.features), *words])]
        if not self.targets:
            wrong("target", "an empty list", "Expected a column to forecast")
        if repeated := [name for name in named if named.count(name) > 1]:
            wrong("features", f"{repeated[0]!r} twice", "Expected each column once")
        if unknown := [name for name in map(str, self.known) if name not in further]:
            got = f"{unknown[0]!r}, which is neither in features nor in categorical"
            wrong("known", got, "Expected some of these", "Add it there")
        if taken := {*column_names(self.series)} & {*self.targets, *column_names(self.time)}:
            got = f"{min(taken)!r}, which is a target or a time"
            wrong("series", got, "Expected a column that identifies the series")
        self._check_times(wrong)
        if problems:
            raise mistakes_at(problems)
        return self

    def _check_times(self, wrong: Callable[..., None]) -> None:
        if self.resample not in (None, ROWS) and not re.fullmatch(RULE, self.resample):
            expected = f"Expected a step such as {EXAMPLES}; or rows"
            wrong("resample", f"found {self.resample!r}", expected, step_hint(self.resample))
        if self.time_zone is not None:
            try:
                find_zone(self.time_zone)
            except RnnkitError as error:
                wrong("time_zone", error.got, error.expected, error.hint)
        needs_time = {"resample": self.resample, "cycles": self.cycles, "time_zone": self.time_zone}
        if self.time is None and any(needs_time.values()):
            key = next(key for key, value in needs_time.items() if value)
            wrong(key, "no time", "Expected the column of the times too", "Add `time: COLUMN`")

    def unused(self) -> Iterator[Unused]:
        if self.time is None:
            yield Unused("time_format", "no column of times is named", "time: COLUMN")
        if self.resample in (None, ROWS):
            yield Unused("partial", "rows are not averaged over the steps of resample")

    @property
    def targets(self) -> list[str]:
        return list(column_names(self.target))

    @property
    def has_choices(self) -> bool:
        return any(name in map(str, self.categorical) for name in self.targets)

    @property
    def unknown_columns(self) -> list[str]:
        known = [*self.targets, *map(str, self.known)]
        return [name for name in self._columns if name not in known]

    @property
    def _words(self) -> list[str]:
        return [str(name) for name in self.categorical]

    @property
    def _columns(self) -> list[str]:
        """All columns that are inputs, targets first."""
        return list(dict.fromkeys([*self.targets, *map(str, self.features), *self._words]))

    def of_rows(self, opened: Callable[[], Rows], step: Step | None = None) -> Series:
        """Reads the series of a table.

        Args:
            opened: Opens the table.
            step: The step of the trained series, in case the table is too short to tell.
        """
        rule = StepRule(self.resample, self.partial == "keep", step, self.time_zone)
        grids, notes = read_grids(opened, self._series_columns, rule)
        members = [self._member(grid) for grid in grids]
        return joined(members, [*notes, *(note for member in members for note in member.notes)])

    def read_table(self, data: object, step: Step | None = None) -> Series:
        names = {"time": column_names(self.time), "target": tuple(self.targets)}
        table, zone = named_series(data, names)
        dataset = self.model_copy(update={"time_zone": self.time_zone or zone})
        return dataset.of_rows(lambda: MemoryRows(table, "the table"), step)

    def require_targets(self, series: Series) -> Series:
        """Checks that a series can be trained on.

        Raises:
            RnnkitError: If it has no targets.
        """
        if not len(series):
            got = f"no row has {' and '.join(self.targets)}"
            raise RnnkitError("", got, "Expected numbers to learn from")
        return series

    def _member(self, grid: Grid) -> Series:
        grid, future, left_out = trim_ends(grid, self.targets, keep_future=bool(self.known))
        upto = len(grid) - future
        missing = {name: ~present(grid.columns[name]) for name in self.targets}
        grid, gaps = fill_gaps(grid, self.fill, upto)
        return Series(
            targets=tuple(self.targets),
            columns={name: grid.columns[name] for name in self._columns},
            known=tuple(map(str, self.known)),
            cycles=tuple(self.cycles),
            times=grid.times,
            step=grid.step,
            filled=np.any(list(missing.values()), axis=0),
            missing=missing,
            future=future,
            notes=(*left_out, *gaps),
            keys=grid.keys,
            file_rows=grid.rows,
        )

    @property
    def _series_columns(self) -> SeriesColumns:
        named, series = column_names(self.time), column_names(self.series)
        return SeriesColumns(
            tuple(self.targets),
            tuple(name for name in self._columns if name not in self._words),
            tuple(self._words),
            TimeColumns(named, self.time_format, self.time_zone) if named else None,
            self.numbers,
            series,
        )

    def sample(self) -> Series:
        """Noisy sine waves, under the names of the columns."""
        step = Step.parse(self.resample if self.resample not in (None, ROWS) else "1h")
        return Series(
            targets=tuple(self.targets),
            columns=waves(self._columns, self._words, SAMPLE_STEPS),
            known=tuple(map(str, self.known)),
            cycles=tuple(self.cycles),
            times=sample_times(step) if self.time is not None else None,
            step=step if self.time is not None else None,
            filled=np.zeros(SAMPLE_STEPS, bool),
        )
