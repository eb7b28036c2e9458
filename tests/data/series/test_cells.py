"""The cells of a series: as one reads them one by one, and as their file has them typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.read.number_format import NumberFormat
from rnnkit.data.read.numbers import LARGEST
from rnnkit.data.series.cells import Cells, SeriesColumns, read_cells
from rnnkit.data.times.texts import TimeColumns, read_times
from rnnkit.errors import RnnkitError
from tests.data.tables import made

FORMATS = [
    NumberFormat(),
    NumberFormat(decimal=","),
    NumberFormat(missing=("?", "-9")),
]
CELLS = ["1", "2.5", " 3 ", "", "NA", "nan", "-9", "?", "1e3", "inf", "x", "7", "8"]


def cells_of(path: str, **options: Any) -> Cells:
    columns = SeriesColumns(("y",), ("y", "z"), ("w",), TimeColumns(("t",)), **options)
    return read_cells(lambda: made(path.rpartition(".")[2]).read(Path(path)), columns)


def is_blank(cells: tuple[str, str, str]) -> bool:
    return cells[2] == "" and all(cell.lower() in ("", "na", "nan") for cell in cells[:2])


def first_wrong(rows: list[tuple[int, str]], form: NumberFormat) -> int | None:
    """The row of the first cell that is not a number, else of the first one that is infinite."""
    infinite = []
    for number, cell in rows:
        try:
            infinite += [number] * (abs(form.parse(cell)) > LARGEST)
        except ValueError:
            return number
    return next(iter(infinite), None)


@given(
    st.lists(st.tuples(*[st.sampled_from(CELLS)] * 2, st.sampled_from(["", "t"])), min_size=1),
    st.sampled_from(FORMATS),
)
def test_read_cells_are_those_of_each_row(rows: list[Any], form: NumberFormat) -> None:
    lines = [f'{time},"{y}","{z}",{time}' for y, z, time in rows]
    Path("s.csv").write_text("\n".join(["t,y,z,w", *lines]) + "\n")
    there = [(number, cells) for number, cells in enumerate(rows, 2) if not is_blank(cells)]
    for column, name in enumerate("yz"):
        wrong = first_wrong([(number, cells[column]) for number, cells in there], form)
        if wrong or not there:
            expected = f"row {wrong}: {name} is" if wrong else "no rows"
            with pytest.raises(RnnkitError, match=expected):
                cells_of("s.csv", number_format=form)
            return
    cells = cells_of("s.csv", number_format=form)
    assert cells.rows.tolist() == [number for number, _ in there]
    assert len(cells.blank) == len(rows) - len(there)
    for column, name in enumerate("yz"):
        expected = [form.parse(values[column]) for _, values in there]
        np.testing.assert_array_equal(cells.values[name], expected)
    assert cells.values["w"].tolist() == [values[2] for _, values in there]
    assert list(cells.times[0]) == [values[2] for _, values in there]


def test_read_cells_names_the_row_far_behind() -> None:
    lines = [f"{number},{number % 7},1,a" for number in range(5000)]
    lines[4000] = "4000,4,one,a"
    Path("s.csv").write_text("\n".join(["t,y,z,w", *lines]))
    with pytest.raises(RnnkitError, match=r"row 4002: z is 'one'.*missing"):
        cells_of("s.csv")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_read_cells_of_typed_columns_are_those_of_texts(unit: Any) -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    times = pd.date_range("1969-12-31 22:00", periods=9, freq="37min").as_unit(unit)
    whole = np.arange(9) * 10**15 + 1
    floats = np.where(np.arange(9) == 3, np.nan, np.arange(9) / 7).astype(np.float32)
    frame = pd.DataFrame({"t": times, "y": whole, "z": floats, "w": whole % 3})
    parquet.write_table(arrow.Table.from_pandas(frame), "s.parquet")
    frame.astype({"z": np.float64}).to_csv("s.csv", index=False)
    typed, texts = cells_of("s.parquet"), cells_of("s.csv")
    assert isinstance(typed.times[0], np.ndarray)
    for name, values in texts.values.items():
        np.testing.assert_array_equal(typed.values[name], values)
    columns = TimeColumns(("t",))
    for cells in (typed, texts):
        read, notes = read_times(columns, cells.times, cells.rows, "s")
        assert read.equals(times.as_unit("us"))
        assert notes == []


def test_read_cells_of_typed_columns_know_marks_of_missing_numbers() -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"t": [1, 2], "y": [-9, 4], "z": [-9.0, None], "w": [None, 5]})
    frame["w"] = frame["w"].astype("Int64")
    frame.to_parquet("s.parquet")
    cells = cells_of("s.parquet", number_format=NumberFormat(missing=("-9",)))
    np.testing.assert_array_equal(cells.values["y"], [np.nan, 4])
    np.testing.assert_array_equal(cells.values["z"], [np.nan, np.nan])
    assert cells.values["w"].tolist() == ["", "5"]
