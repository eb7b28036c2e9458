from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from rnnkit.data.memory.rows import MemoryRows
from rnnkit.data.memory.shapes import series_of
from rnnkit.data.memory.table import table_of
from rnnkit.errors import RnnkitError

TIMES = pd.to_datetime(["2024-03-30", "2024-03-31"])
FRAME = pd.DataFrame({"text": ["a", None], "n": [1, 2], "time": TIMES, 7: [[1], (2, 3)]})


class Exchanged:
    """What any other dataframe library has."""

    def __init__(self, frame: pd.DataFrame):
        self._frame = frame

    def __dataframe__(self, *arguments: Any, **options: Any) -> Any:
        return self._frame.__dataframe__(*arguments, **options)


class Hub:
    """As `datasets.Dataset`: names, and columns by name."""

    column_names = ("n", "text")

    def __init__(self) -> None:
        self.column_names = ["n", "text"]  # type: ignore[assignment]

    def __getitem__(self, name: str) -> Any:
        return {"n": iter([1, 2]), "text": ["a", "b"]}[name]


def test_table_of_pandas() -> None:
    table = table_of(FRAME)
    assert table is not None
    assert list(table) == ["text", "n", "time", "7"]
    assert table["text"].cells == ["a", None]
    assert table["7"].cells == [[1], [2, 3]]
    assert table["n"].array is not None
    assert table["time"].array is not None
    assert table["time"].zone is None
    zoned = table_of(pd.DataFrame({"time": TIMES.tz_localize("Europe/Berlin")}))
    assert zoned is not None
    assert (zoned["time"].zone, zoned["time"].array) == ("Europe/Berlin", None)
    assert str(zoned["time"].cells[0]) == "2024-03-30 00:00:00+01:00"


@pytest.mark.filterwarnings("ignore:.*interchange:DeprecationWarning")
@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"n": [1, 2], "text": ["a", "b"]}),
        pa.table({"n": [1, 2], "text": ["a", "b"]}),
        Exchanged(pd.DataFrame({"n": [1, 2], "text": ["a", "b"]})),
        Hub(),
        {"n": np.array([1, 2]), "text": ("a", "b")},
        [{"n": 1, "text": "a"}, {"n": 2, "text": "b"}],
    ],
)
def test_table_of_any_library(data: object) -> None:
    table = table_of(data)
    assert table is not None
    rows = [(row.number, row.values) for row in MemoryRows(table, "data")]
    assert rows == [(0, {"n": 1, "text": "a"}), (1, {"n": 2, "text": "b"})]
    (block,) = MemoryRows(table, "data").blocks()
    assert (list(block.names), list(block.cells("n"))) == (["n", "text"], [1, 2])


@pytest.mark.parametrize("data", ["a text", 42, ["a", "b"], np.zeros(3), None, ("a", "b")])
def test_table_of_what_is_none(data: object) -> None:
    assert table_of(data) is None


def test_table_of_columns_that_do_not_fit() -> None:
    with pytest.raises(RnnkitError, match="2 of a, 3 of b"):
        table_of({"a": [1, 2], "b": [1, 2, 3]})
    with pytest.raises(RnnkitError, match="two columns 'a'"):
        table_of(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_table_of_names_with_white_space() -> None:
    """As those of a file are read."""
    for data in (pd.DataFrame({" text ": ["a"], "n": [1]}), {" text ": ["a"], "n": [1]}):
        table = table_of(data)
        assert table is not None
        assert list(table) == ["text", "n"]
    with pytest.raises(RnnkitError, match="two columns 'a'"):
        table_of({"a": [1], "a ": [1]})


def test_table_of_classes_by_their_names() -> None:
    """Those of a `datasets.Dataset` are numbers, whose names it knows; -1 is none."""

    class Classes(Hub):
        features: ClassVar[dict[str, Any]] = {"n": SimpleNamespace(names=["no", "yes", "-"])}

        def __getitem__(self, name: str) -> Any:
            return {"n": [1, -1], "text": ["a", "b"]}[name]

    table = table_of(Classes())
    assert table is not None
    assert table["n"].cells == ["yes", None]


def test_series_of_dates_that_are_texts() -> None:
    table, keys = series_of(pd.Series([1.0, 2.0], ["2024-01-01", "2024-01-02"]))
    assert (list(table), keys["time"]) == (["time", "value"], "time")
    assert "time" not in series_of(pd.Series([1.0, 2.0], ["a", "2024-01-02"]))[1]
