"""Labelled windows of a series."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnkit.data.raw.series import Series, joined
from rnnkit.data.read.windows import read_windows
from rnnkit.errors import RnnkitError

DAYS = Series(
    ("y",), {"y": np.arange(10.0)}, times=pd.date_range("2020-01-01", periods=10, unit="us")
)


def read(content: object, source: str = "nab/machine.csv") -> list[tuple[int, int]]:
    text = content if isinstance(content, str) else json.dumps(content)
    Path("labels.json").write_text(text)
    (windows,) = read_windows("labels.json", source, DAYS)
    assert windows is not None
    return windows


def test_read_windows_of_one_series(said: list[str]) -> None:
    assert read([["2020-01-02", "2020-01-03 12:00:00.000000"]]) == [(1, 2)]
    assert read([["2019-12-01", "2020-01-01"], ["2020-01-09", "2020-03-01"]]) == [(0, 0), (8, 9)]
    assert read([["2020-01-02", "2020-01-02 11:59"]]) == [(1, 1)]
    assert read([["2021-01-01", "2021-01-02"]]) == []  # after the series
    (line,) = said
    assert "labels.json: 1 of 1 labelled window not counted" in line


@pytest.mark.parametrize("key", ["machine.csv", "nab/machine.csv", "other/machine.csv"])
def test_read_windows_by_the_name_of_the_series(key: str) -> None:
    assert read({key: [["2020-01-02", "2020-01-03"]], "other.csv": []}) == [(1, 2)]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("{", "property name"),
        ("[1, 2]", "a window is 1"),
        ("[[1, 2]]", r"a window is \[1, 2\]"),
        ('[{"start": "2020-01-01", "end": "2020-01-02"}]', "a window is"),
        ('[["soon", "later"]]', "'soon'"),
        ('[["2020-01-01"]]', "a window is"),
        ('{"other.csv": []}', "no list"),
        ('{"a/machine.csv": [], "b/machine.csv": []}', "2 lists"),
        ('[["2020-01-04", "2020-01-03"]]', "from 2020-01-04 back to 2020-01-03"),
    ],
)
def test_read_windows_refuses_wrong_content(content: str, word: str) -> None:
    with pytest.raises(RnnkitError, match=rf"labels\.json.*{word}.*Expected \[\[first, last\]"):
        read(content)


def test_read_windows_that_end_on_a_date_hold_all_of_the_day() -> None:
    hours = pd.date_range("2020-01-01", periods=96, freq="h", tz="UTC")
    series = dataclasses.replace(DAYS, columns={"y": np.arange(96.0)}, times=hours)
    Path("labels.json").write_text('[["2020-01-02", "2020-01-02"]]')
    assert read_windows("labels.json", "", series) == [[(24, 47)]]


def test_read_windows_refuses_a_series_without_times() -> None:
    with pytest.raises(RnnkitError, match="without times"):
        read_windows("labels.json", "", Series(("y",), {"y": np.arange(10.0)}))


def test_read_windows_are_on_the_clock_of_the_series() -> None:
    assert DAYS.times is not None
    local = dataclasses.replace(DAYS, times=DAYS.times.tz_localize("Europe/Berlin"))
    for texts in (["2020-01-02", "2020-01-03"], ["2020-01-01T23:00Z", "2020-01-03T00:00+01:00"]):
        Path("labels.json").write_text(json.dumps([texts]))
        assert read_windows("labels.json", "", local) == [[(1, 2)]]


def test_read_windows_of_several_series_are_those_of_each(said: list[str]) -> None:
    members = [dataclasses.replace(DAYS, keys={"store": name}) for name in "ABC"]
    stores = joined(members, [])
    windows = [["2020-01-02", "2020-01-02 11:00"]]
    Path("labels.json").write_text(json.dumps({"store A": windows, "store C": [], "store X": []}))
    assert read_windows("labels.json", "", stores) == [[(1, 1)], None, []]
    assert "store B" in said[0]
    assert "store X" in said[1]
    assert read_windows("labels.json", "", members[0]) == [[(1, 1)]]
    for content, word in ((windows, "one list for 3"), ({"A": windows}, "lists for A")):
        Path("labels.json").write_text(json.dumps(content))
        with pytest.raises(RnnkitError, match=rf'{word}.*"store A"'):
            read_windows("labels.json", "", stores)
    Path("labels.json").write_text('{"store A": [1]}')
    with pytest.raises(RnnkitError, match=r"labels\.json: store A.*a window is 1"):
        read_windows("labels.json", "", stores)
