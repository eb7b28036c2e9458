"""From a table to equal steps: averaging, trimming the ends, filling gaps;
compared with pandas.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.data.series.cells import SeriesColumns
from rnnkit.data.series.equal_steps import StepRule
from rnnkit.data.series.gaps import fill_gaps, trim_ends
from rnnkit.data.series.grid import NO_ROWS, Grid
from rnnkit.data.series.table import read_grids
from rnnkit.data.times.step import Step
from rnnkit.data.times.texts import TimeColumns
from tests.data.tables import made, times

NAN = float("nan")


def grid(*, times: Any = None, **columns: list[Any]) -> Grid:
    arrays = {name: np.array(values) for name, values in columns.items()}
    rows = np.arange(2, 2 + len(next(iter(arrays.values()))))
    return Grid(arrays, times, None, rows, "t.csv")


def read(
    text: str,
    *names: str,
    words: tuple[str, ...] = (),
    written: str | None = None,
    rule: str | None = None,
    keep_partial: bool = False,
) -> tuple[Grid, list[str]]:
    """A table with the target y, and the columns of its time: "t" where none are named."""
    Path("t.csv").write_text(text)
    columns = SeriesColumns(("y",), ("y",), words, TimeColumns(names or ("t",), written))
    (found,), notes = read_grids(
        lambda: made("csv").read(Path("t.csv")), columns, StepRule(rule, keep_partial)
    )
    return found, notes


# Rows to steps.


def test_read_grids_keeps_the_rows_of_a_regular_file() -> None:
    found, notes = read("t,y,w\n2020-01,1,a\n2020-02,NA,\n2020-03,3.5,b\n", words=("w",))
    assert found.columns["y"].tolist() == pytest.approx([1, NAN, 3.5], nan_ok=True)
    assert found.columns["w"].tolist() == ["a", "", "b"]
    assert (str(found.step), list(found.rows), notes) == ("1M", [2, 3, 4], [])
    assert found.place(1) == "row 3"


def test_read_grids_without_a_time_makes_rows_steps() -> None:
    Path("t.csv").write_text("t,y\nx,1\n,2\n")
    columns = SeriesColumns(("y",), ("y",))
    (found,), _ = read_grids(lambda: made("csv").read(Path("t.csv")), columns, StepRule())
    assert (found.times, found.step, len(found)) == (None, None, 2)


def test_read_grids_by_rows_ignores_the_time_between_them() -> None:
    found, _ = read("t,y\n2020-01-01,1\n2020-01-02,2\n2020-01-06,3\n", rule="rows")
    assert (found.step, len(found)) == (None, 3)


def test_read_grids_joins_times_of_several_columns() -> None:
    text = "date,clock,y\n02.01.2010,23:00,1\n03.01.2010,00:00,2\n"
    found, _ = read(text, "date", "clock", written="%d.%m.%Y %H:%M")
    assert str(found.step) == "1h"
    found, _ = read("day,hour,y\n2020-01-06,22,1\n2020-01-06,23,2\n", "day", "hour")
    assert str(found.step) == "1h"


def test_read_grids_leaves_blank_rows_out_and_counts_them() -> None:
    found, notes = read("t,y\n2020-01-01,1\n,\n2020-01-02,\n2020-01-03,3\n , NA\n")
    assert (len(found), str(found.step)) == (3, "1D")
    assert notes == ["t.csv: 2 blank rows are left out: row 3, row 6"]


def test_read_grids_averages_rows_of_one_step() -> None:
    found, notes = read(
        "t,y,w\n2020-01-01 00:00,1,a\n2020-01-01 00:40,3,b\n2020-01-01 02:10,5,c\n",
        words=("w",),
        rule="1h",
        keep_partial=True,
    )
    assert found.columns["y"].tolist() == pytest.approx([2, NAN, 5], nan_ok=True)
    assert found.columns["w"].tolist() == ["b", "", "c"]
    assert found.place(1) == "2020-01-01 01:00:00"
    assert notes == ["t.csv: 3 rows averaged into 2 steps of 1h"]


def test_read_grids_averages_and_counts_repeated_hours() -> None:
    """The clock is set back, as in NAB's file: both are averaged, and counted."""
    text = (
        "t,y\n2020-01-01 00:00,1\n2020-01-01 01:00,2\n2020-01-01 00:00,3\n2020-01-01"
        " 01:00,4\n2020-01-01 02:00,5\n"
    )
    found, notes = read(text, rule="1h")
    assert found.columns["y"].tolist() == [2, 3, 5]
    assert notes == [
        "t.csv: 1 row goes back in time: row 4",
        "t.csv: 2 rows repeat a time: averaged with the others of the same step",
    ]


# Ends and gaps.


def test_trim_ends_removes_and_counts_incomplete_ends() -> None:
    found, future, notes = trim_ends(
        grid(y=[NAN, 1, NAN, 2, NAN, NAN], x=[NAN, NAN, 1, 1, 1, 1]), ["y"], keep_future=False
    )
    assert future == 0
    assert found.columns["y"].tolist() == [2]
    assert notes == [
        "t.csv: 3 steps at the start lack a number and are left out",
        "t.csv: 2 steps at the end have no y and are left out",
    ]


def test_trim_ends_keeps_a_future_with_known_columns() -> None:
    found, future, notes = trim_ends(
        grid(y=[1, 2, NAN, NAN], plan=["a", "b", "a", "b"]), ["y"], keep_future=True
    )
    assert (len(found), future, notes) == (4, 2, [])
    found, future, notes = trim_ends(grid(y=[NAN, NAN], plan=["a", "b"]), ["y"], keep_future=True)
    assert (len(found), future, notes) == (2, 2, [])  # a future alone


@pytest.mark.parametrize(
    ("fill", "expected"), [("previous", [1, 1, 1, 4, 4, 0]), ("linear", [1, 2, 3, 4, 2, 0])]
)
def test_fill_gaps_fills_and_counts_gaps(fill: Any, expected: list[float]) -> None:
    found, notes = fill_gaps(
        grid(y=[1, NAN, NAN, 4, NAN, 0], w=["a", "", "b", "b", "", "c"]), fill, 6
    )
    assert found.columns["y"].tolist() == pytest.approx(expected)
    assert found.columns["w"].tolist() == ["a", "a", "b", "b", "b", "c"]
    assert notes[0].startswith("y: 3 of 6 steps missing, in 2 gaps, filled")
    assert notes[0].endswith("from row 3, row 6")
    assert ("by the value before" if fill == "previous" else "between their neighbours") in notes[0]


def test_fill_gaps_leaves_the_future_missing() -> None:
    found, notes = fill_gaps(grid(y=[1, NAN, 3, NAN]), "previous", 3)
    assert found.columns["y"].tolist() == pytest.approx([1, 1, 3, NAN], nan_ok=True)
    assert notes[0].startswith("y: 1 of 3 steps")


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(-100, 100)), max_size=30),
    st.sampled_from(["previous", "linear"]),
)
def test_fill_gaps_equals_pandas(rest: list[float | None], fill: Any) -> None:
    import pandas

    values = np.array([1.0, *[NAN if value is None else value for value in rest]])
    series = pandas.Series(values)
    expected = series.ffill() if fill == "previous" else series.interpolate()
    filled, _ = fill_gaps(grid(y=values.tolist()), fill, len(values))
    assert filled.columns["y"].tolist() == pytest.approx(expected.tolist())


def test_grid_place_is_a_time_or_a_row() -> None:
    days = times("2020-01-02", "2020-01-03", "2020-01-04")
    resampled = Grid({"y": np.arange(3.0)}, days, Step.parse("1D"), NO_ROWS, "t.csv")
    assert resampled.part(1, 3).place(0) == "2020-01-03"
    assert grid(y=[1, 2, 3]).part(1, 3).place(0) == "row 3"
