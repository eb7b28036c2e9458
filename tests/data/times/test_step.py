"""The step between the times of a series: by hand, and compared with pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.times.step import Step
from tests.data.tables import times

RULES = ["20ms", "1s", "5min", "1h", "6h", "1D", "1B", "1W", "2W", "SM", "1M", "3M", "1Y"]


@pytest.mark.parametrize("rule", RULES)
def test_parse_and_str_are_inverse(rule: str) -> None:
    assert str(Step.parse(rule)) == rule


def test_parse_gives_equal_steps_one_name() -> None:
    assert Step.parse("60min") == Step.parse("1h")
    assert [str(Step.parse(rule)) for rule in ("60min", "24h", "12M")] == ["1h", "1D", "1Y"]
    assert Step.parse("1M") != Step.parse("30D")


@given(
    st.lists(st.integers(-4_000_000_000, 4_000_000_000), min_size=1, max_size=20),
    st.sampled_from(["30s", "5min", "1h", "1D", "1B", "1W", "SM", "1M", "3M", "1Y"]),
    st.sampled_from([None, "Europe/Berlin", "America/St_Johns"]),
)
def test_number_and_dates_enclose_every_time(
    seconds: list[int], rule: str, zone: str | None
) -> None:
    step = Step.parse(rule)
    moments = pd.DatetimeIndex(np.array(seconds, "datetime64[s]")).as_unit("us")
    those = moments.tz_localize("UTC").tz_convert(zone) if zone else moments
    numbers = step.number(those)
    assert (step.dates(numbers, those.tz) <= those).all()
    assert (those < step.dates(numbers + 1, those.tz)).all()
    assert (step.number(step.dates(numbers, those.tz)) == numbers).all()


@pytest.mark.parametrize(
    ("rule", "alias"),
    [
        ("5min", "5min"),
        ("1h", "1h"),
        ("1D", "D"),
        ("1B", "B"),
        ("1W", "W-MON"),
        ("SM", "SMS"),
        ("1M", "MS"),
        ("3M", "QS"),
        ("1Y", "YS"),
    ],
)
@pytest.mark.parametrize("time", ["1999-12-31 23:59:59", "2000-02-29 12:34:56", "2021-07-04"])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_dates_equal_pandas(rule: str, alias: str, time: str, zone: str | None) -> None:
    step, those = Step.parse(rule), times(time, zone=zone)
    one = pd.Series([1], index=those)
    expected = one.resample(alias, closed="left", label="left").sum().index[0]
    assert step.dates(step.number(those), those.tz)[0] == expected


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("1M", ["1960-10-31", "1960-11-30"], ["1960-12-31", "1961-01-31", "1961-02-28"]),
        ("1M", ["1960-11-30", "1961-01-30"], ["1961-02-28", "1961-03-30"]),
        ("1M", ["1960-11-29", "1961-01-29"], ["1961-02-28", "1961-03-29"]),
        ("1M", ["2000-01-15 12:00"], ["2000-02-15 12:00"]),
        ("1M", ["2022-03-31", "2022-04-29"], ["2022-05-31", "2022-06-30", "2022-07-29"]),
        ("3M", ["1999-12-31"], ["2000-03-31", "2000-06-30"]),
        ("3M", ["1999-11-30"], ["2000-02-29", "2000-05-31"]),
        ("1Y", ["2000-02-29", "2001-02-28"], ["2002-02-28", "2003-02-28", "2004-02-29"]),
        ("SM", ["2024-01-01", "2024-01-15"], ["2024-02-01", "2024-02-15", "2024-03-01"]),
        ("SM", ["2024-01-15 09:00"], ["2024-02-01 09:00", "2024-02-15 09:00"]),
        ("1W", ["2024-01-07"], ["2024-01-14"]),
        ("1B", ["2024-01-05"], ["2024-01-08", "2024-01-09"]),
        ("6h", ["1999-12-31 18:00"], ["2000-01-01", "2000-01-01 06:00"]),
        ("1D", ["1988-02-28"], ["1988-02-29", "1988-03-01"]),
    ],
)
def test_after_continues_as_the_times_are_dated(
    rule: str, before: list[str], after: list[str]
) -> None:
    step = Step.parse(rule).anchored(times(*before))
    assert step is not None
    assert (step.after(times(*before)[-1], len(after)) == times(*after)).all()


@pytest.mark.parametrize(
    ("rule", "time", "zone", "after"),
    [
        ("1D", "2023-03-25", "Europe/Berlin", ["2023-03-26", "2023-03-27"]),
        ("1D", "2018-11-03", "America/Sao_Paulo", ["2018-11-04 01:00", "2018-11-05"]),
        ("6h", "2023-03-25 18:00", "Europe/Berlin", ["2023-03-26", "2023-03-26 06:00"]),
        ("1h", "2023-03-26 01:00", "Europe/Berlin", ["2023-03-26 03:00", "2023-03-26 04:00"]),
        ("1h", "2023-01-01 00:00", "Asia/Kolkata", ["2023-01-01 01:00"]),
    ],
)
def test_after_follows_the_clock_of_a_zone(
    rule: str, time: str, zone: str, after: list[str]
) -> None:
    first = times(time, zone=zone)
    step = Step.parse(rule).anchored(first)
    assert step is not None
    assert (step.after(first[0], len(after)) == times(*after, zone=zone)).all()


def test_anchored_needs_times_that_are_dated_alike() -> None:
    assert Step.parse("1M").anchored(times("2020-01-31", "2020-03-30")) is None
    assert Step.parse("1D").anchored(times("2020-01-31", "2020-02-01 01:00")) is None


@pytest.mark.parametrize(
    ("rule", "season"),
    [
        ("5min", 288),
        ("30min", 48),
        ("1h", 24),
        ("7h", 1),
        ("1D", 7),
        ("1B", 5),
        ("1W", 52),
        ("1M", 12),
        ("3M", 4),
        ("1Y", 1),
        ("2D", 1),
    ],
)
def test_season_of_each_step(rule: str, season: int) -> None:
    assert Step.parse(rule).season == season
