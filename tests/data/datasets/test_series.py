"""Series in files: what a config names, what becomes of it, and the public files as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from rnnkit.config import load_config, shipped_configs
from rnnkit.data.datasets.kinds.series_table import SAMPLE_STEPS
from rnnkit.data.datasets.series import SeriesFile
from rnnkit.data.raw.series import Series
from rnnkit.errors import RnnkitError

TABLE = """\
t,y,x,plan
2020-01-01,,1,on
2020-01-02,10,2,on
2020-01-03,,,off
2020-01-04,30,4,off
2020-01-05,,5,on
2020-01-06,,,off
"""


def read(text: str = TABLE, **options: Any) -> Series:
    Path("s.csv").write_text(text)
    return SeriesFile(
        **{"path": "s.csv", "target": "y", "time": "t", "fill": "previous", **options}
    ).load()


def test_series_file_load_puts_targets_first_and_marks_gaps() -> None:
    series = read(target="y", features=["x"], categorical=["plan"])
    assert {name: values.tolist() for name, values in series.columns.items()} == {
        "y": [10, 10, 30],
        "x": [2, 2, 4],
        "plan": ["on", "off", "off"],
    }
    assert series.filled.tolist() == [False, True, False]  # of x nothing is scored
    assert (
        str(series.step),
        series.future,
        str(series.times[0] if series.times is not None else ""),
    ) == ("1D", 0, "2020-01-02 00:00:00")
    assert [note.split(":")[1].strip()[:16] for note in series.notes[:2]] == [
        "1 step at the st",
        "2 steps at the e",
    ]
    assert series.notes[2].startswith("y: 1 of 3 steps missing")


def test_series_file_load_keeps_a_future_of_known_columns() -> None:
    series = read(categorical=["plan"], known=["plan"])
    assert (len(series), series.rows, series.future) == (3, 5, 2)
    assert series.columns["plan"].tolist() == ["on", "off", "off", "on", "off"]
    assert np.isnan(series.columns["y"][3:]).all()


def test_series_file_load_reads_columns_by_number_and_other_formats(tmp_path: Path) -> None:
    assert read("1,5\n2,6\n", header=False, target=1, time=None).columns["1"].tolist() == [5, 6]
    (tmp_path / "s.tsv").write_text("y\tx\n1\t2\n3\t4\n")
    assert SeriesFile(path="s.tsv", target=["x", "y"]).load().targets == ("x", "y")
    (tmp_path / "s.jsonl").write_text('{"y": 1}\n{"y": 2.5}\n')
    assert SeriesFile(path="s.jsonl", target="y").load().columns["y"].tolist() == [1, 2.5]


@pytest.mark.parametrize("resample", [None, "rows", "1D", "1M"])
def test_series_file_sample_has_the_columns_of_the_file(resample: str | None) -> None:
    sample = SeriesFile(
        path="no.csv",
        target="y",
        features=["x"],
        categorical=["plan"],
        known=["plan"],
        time="t",
        resample=resample,
    ).sample()
    assert list(sample.columns) == ["y", "x", "plan"]
    assert len(sample) == SAMPLE_STEPS
    assert (sample.columns["y"] > 0).all()
    assert set(sample.columns["plan"]) == {"high", "low"}
    assert str(sample.step) == {None: "1h", "rows": "1h"}.get(resample, resample)


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"resample": "1Q"}, "resample"),
        ({"series": ["store", "y"]}, "series"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"time": None, "time_zone": "UTC"}, "(?s)time_zone.*`time: COLUMN`"),
    ],
)
def test_series_file_refuses_mistaken_keys(options: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        SeriesFile(**{"path": "s.csv", "target": "y", "time": "t", **options})


def write_stores(*, by_time: bool = False, future: int = 0, rows: int = 30) -> None:
    """Stores A and B of two cities each; of the last days only the plan is known."""
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2023-01-01", periods=rows + future)]
    shops = [("Bonn", "A"), ("Bonn", "B"), ("Kiel", "A"), ("Kiel", "B")]
    lines = [
        f"{city},{store},{day},{number + 100 * shop if number < rows else ''},on"
        for shop, (city, store) in enumerate(shops)
        for number, day in enumerate(days)
    ]
    if by_time:
        lines.sort(key=lambda line: line.split(",")[2])
    Path("s.csv").write_text("\n".join(["city,store,t,y,plan", *lines]) + "\n")


def stores(**options: Any) -> Series:
    both = {"series": ["city", "store"], "categorical": ["plan"], "known": ["plan"]}
    return SeriesFile(**{"path": "s.csv", "target": "y", "time": "t", **both, **options}).load()


@pytest.mark.parametrize("by_time", [False, True])
def test_series_file_load_tells_several_series_apart(by_time: bool) -> None:
    write_stores(by_time=by_time, future=3)
    series = stores()
    assert (len(series), series.future, str(series.step)) == (120, 0, "1D")
    assert series.spans == (range(30), range(30, 60), range(60, 90), range(90, 120))
    assert series.names[1] == "city Bonn, store B"
    assert series.columns["y"][[0, 30, 119]].tolist() == [0, 100, 329]
    assert series.place(31) == "city Bonn, store B: 2023-01-02"
    assert [(len(each), each.future) for each in series.each] == [(30, 3)] * 4
    assert series.each[2].keys == {"city": "Kiel", "store": "A"}


@pytest.mark.parametrize("by_time", [False, True])
def test_series_file_load_recognises_several_series(by_time: bool) -> None:
    write_stores(by_time=by_time)
    with pytest.raises(RnnkitError, match=r"city and store have 4 values.*series: \[") as error:
        stores(series=None)
    (cure,) = re.findall(r"series: ([^`]+)`", error.value.hint)
    assert len(stores(series=yaml.safe_load(cure)).each) == 4
    averaged = stores(series=None, resample="1D")
    assert any("series:" in note for note in averaged.notes)


def test_series_file_load_of_short_or_empty_series_keeps_the_others() -> None:
    """Averaged or not, each keeps what tells it apart."""
    write_stores(rows=20)
    text = Path("s.csv").read_text()
    one_row = re.sub(r"Kiel,B,2023-01-(?!05).*\n", "", text)
    Path("s.csv").write_text(one_row)
    for options in ({}, {"resample": "1D"}):
        series = stores(**options)
        assert [len(each) for each in series.each] == [20, 20, 20, 1]
        assert series.each[3].keys == {"city": "Kiel", "store": "B"}
        assert [str(each.step) for each in series.each] == ["1D"] * 4
    Path("s.csv").write_text(re.sub(r"(Kiel,B,[0-9-]+),[0-9]+", r"\1,", text))
    series = stores()
    assert len(series.each) == 3
    assert any("Kiel" in note for note in series.notes)


def test_series_file_load_names_the_series_of_a_mistake() -> None:
    write_stores()
    text = Path("s.csv").read_text()
    Path("s.csv").write_text(text.replace("Kiel,B,2023-01-09,308,on\n", ""))
    with pytest.raises(RnnkitError, match=r"city Kiel, store B.*row 100.*fill: previous`"):
        stores()
    assert len(stores(resample="1D", fill="previous")) == 120
    Path("s.csv").write_text(text.replace("Kiel,B,2023-01-09", "Kiel,,2023-01-09"))
    with pytest.raises(RnnkitError, match=r"row 100 has no store"):
        stores()


# The public files.


@pytest.fixture
def public(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))


def of_config(name: str) -> Series:
    series: Series = load_config(shipped_configs()[name]).data.dataset.load()
    return series


def test_series_file_load_of_airline(public: None) -> None:
    series = of_config("airline")
    assert (len(series), series.columns["Passengers"].sum(), str(series.step), series.notes) == (
        144,
        40_363,
        "1M",
        (),
    )


def test_series_file_load_of_temperature_lacks_two_days(public: None) -> None:
    series = of_config("temperature")
    assert (len(series), int(series.filled.sum())) == (3652, 2)
    assert series.columns["Temp"][~series.filled].mean() == pytest.approx(11.18, abs=0.01)
    assert series.notes == (
        (
            "Temp: 2 of 3,652 steps missing, in 2 gaps, filled by the value before: from"
            " 1984-12-31, 1988-12-31"
        ),
    )


def test_series_file_load_of_pollution_lacks_2067_hours(public: None) -> None:
    series = of_config("pollution")
    assert (len(series), int(series.filled.sum()), str(series.step)) == (
        43_824 - 24,
        2067 - 24,
        "1h",
    )
    assert set(series.columns["cbwd"]) == {"NE", "NW", "SE", "cv"}


def test_series_file_load_of_nab_machine_temperature_repeats_an_hour(public: None) -> None:
    series = of_config("nab_machine_temperature")
    assert (len(series), str(series.step), int(series.filled.sum())) == (22_683, "5min", 0)
    assert "1 row goes back in time" in series.notes[0]
    assert "12 rows repeat a time" in series.notes[1]


def test_series_file_load_of_stock_has_a_row_a_trading_day(public: None) -> None:
    series = of_config("stock")
    assert (len(series), series.step) == (1257, None)
    assert str(series.times[0] if series.times is not None else "") == "2016-06-17 00:00:00+00:00"
