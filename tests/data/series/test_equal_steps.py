"""Whether the times of a series are in order and regular; and cures that work."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnnkit.data.datasets.series import SeriesFile
from rnnkit.data.raw.series import Series
from rnnkit.data.times.clock import shown_times
from rnnkit.errors import RnnkitError


def write(times: pd.DatetimeIndex, *, form: str = "%Y-%m-%d %H:%M:%S") -> None:
    rows = [f"{time:{form}},{number % 7}" for number, time in enumerate(times)]
    with open("s.csv", "w") as file:
        file.write("\n".join(["t,y", *rows]) + "\n")


def load(**options: Any) -> Series:
    return SeriesFile(path="s.csv", target="y", time="t", **options).load()


def cured(hint: str) -> Series:
    """The series, read as a hint says."""
    keys = re.findall(r"`data\.dataset\.series\.(\w+): ([^`]+)`", hint)
    options = {key: value for key, value in keys if value != "rows"}
    return load(**options)


def days(count: int = 60) -> pd.DatetimeIndex:
    return pd.date_range("2023-01-01", periods=count, freq="D")


def jittered(seed: int) -> pd.DatetimeIndex:
    noise = np.random.default_rng(seed).integers(-20, 20, 60).astype("timedelta64[s]")
    return pd.date_range("2023-01-01 00:05", periods=60, freq="5min") + noise


@pytest.mark.parametrize(
    ("times", "rule", "steps"),
    [
        (days().insert(20, days()[20]), "1D", 60),
        (days().delete(20), "1D", 60),
        (days()[[0, 2, 1, *range(3, 60)]], "1D", 60),
        (days().insert(20, days()[20]).delete(40), "1D", 60),
        (jittered(0), "5min", 60),
        (pd.date_range("2010-01-31", periods=60, freq="ME").delete(30), "1M", 60),
        (pd.date_range("2010-01-31", periods=60, freq="QE").delete(30), "3M", 60),
        (pd.date_range("2010-01-01", periods=60, freq="SMS").delete(30), "SM", 60),
        (pd.date_range("2010-01-15", periods=60, freq="SME").delete(30), "SM", 60),
        (pd.date_range("2010-01-03", periods=60, freq="W").delete(30), "1W", 60),
        (pd.date_range("2010-01-04", periods=60, freq="B").delete(30), "1B", 60),
        (pd.date_range("1950-12-31", periods=60, freq="YE").delete(30), "1Y", 60),
    ],
)
def test_hint_names_the_step_that_the_data_have(
    times: pd.DatetimeIndex, rule: str, steps: int
) -> None:
    write(times)
    with pytest.raises(RnnkitError, match=r"s\.csv: row") as error:
        load()
    assert f"resample: {rule}`" in error.value.hint
    series = cured(error.value.hint)
    assert (len(series), str(series.step)) == (steps, rule)
    assert series.times is not None
    if "min" not in rule:  # a gap is where it was, and all are dated as they were
        assert (series.times == times.unique().sort_values().union(series.times)).all()


def test_hint_names_the_zone_whose_clock_was_changed() -> None:
    hours = pd.date_range("2023-10-28", periods=60, freq="h", tz="Europe/Berlin")
    write(hours)
    with pytest.raises(RnnkitError, match="repeats") as error:
        load()
    assert "time_zone: Europe/Berlin" in error.value.hint
    series = load(time_zone="Europe/Berlin")
    assert (len(series), str(series.step)) == (60, "1h")
    write(pd.date_range("2023-03-25", periods=60, freq="h", tz="Europe/Berlin"))
    with pytest.raises(RnnkitError, match="time_zone: Europe/Berlin"):
        load()
    days = pd.date_range("2023-03-20", periods=30, freq="D", tz="Europe/Berlin")
    write(days.tz_convert("UTC"), form="%Y-%m-%d %H:%M:%SZ")
    with pytest.raises(RnnkitError, match="time_zone: Europe/Berlin"):
        load()
    assert str(load(time_zone="Europe/Berlin").step) == "1D"


@pytest.mark.parametrize("resample", [None, "1D", "rows"])
@pytest.mark.parametrize("year", ["2203", "2024", "1923"])
def test_a_mistyped_year_is_named_with_its_row(resample: str | None, year: str) -> None:
    write(days())
    with open("s.csv") as file:
        text = file.read().replace("2023-02-10", f"{year}-02-10")
    with open("s.csv", "w") as file:
        file.write(text)
    with pytest.raises(RnnkitError, match=rf"row 42, {year}-02-10, lies.*Correct"):
        load(resample=resample)


def test_local_midnights_are_days_of_their_zone() -> None:
    """Of 23 hours in March: neither refused nor a day earlier."""
    local = pd.date_range("2023-03-01", "2023-06-30", tz="Europe/Berlin")
    write(local, form="%Y-%m-%dT%H:%M:%S%z")
    for resample in (None, "1D"):
        series = load(resample=resample)
        assert (len(series), str(series.step)) == (122, "1D")
        assert series.times is not None
        ends = shown_times(series.extended(1).times[[0, -1]])  # type: ignore[index]
        assert ends == ["2023-03-01T00:00:00+01:00", "2023-07-01T00:00:00+02:00"]


def test_business_days_are_a_step() -> None:
    write(pd.date_range("2024-01-02", periods=30, freq="B"))
    series = load()
    assert str(series.step) == "1B"
    ahead = series.extended(3).times
    assert ahead is not None
    assert shown_times(ahead[-3:]) == ["2024-02-13", "2024-02-14", "2024-02-15"]
