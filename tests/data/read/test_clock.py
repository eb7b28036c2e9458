"""Timestamps, steps and cycles: by hand, and compared with pandas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.data.read.clock import Step, cycles, parse_time, shown_time, shown_times


def times(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[s]")


@pytest.mark.parametrize("rule", ["1s", "5min", "1h", "6h", "1D", "1W", "2W", "1M", "3M", "1Y"])
def test_parse_and_str_are_inverse(rule: str) -> None:
    assert str(Step.parse(rule)) == rule


def test_parse_gives_equal_steps_one_name() -> None:
    assert Step.parse("60min") == Step.parse("1h")
    assert str(Step.parse("60min")) == "1h"
    assert str(Step.parse("24h")) == "1D"
    assert str(Step.parse("12M")) == "1Y"
    assert Step.parse("1M") != Step.parse("30D")


@pytest.mark.parametrize(
    ("given", "step"),
    [
        (times("2014-04-01 00:00", "2014-04-01 00:05", "2014-04-01 00:10"), "5min"),
        (times("1949-01-01", "1949-02-01", "1949-03-01", "1949-04-01"), "1M"),
        (times("2000-01-15 12:00", "2000-02-15 12:00", "2000-03-15 12:00"), "1M"),
        (times("2000-01-01", "2000-04-01", "2000-07-01", "2000-10-01"), "3M"),
        (times("2000-01-01", "2001-01-01", "2002-01-01"), "1Y"),
        (times("2000-01-01", "2000-01-02"), "1D"),
        (times("1984-12-30", "1985-01-01", "1985-01-02"), None),
        (times("2000-01-01", "2000-01-01"), None),
        (times("2000-01-02", "2000-01-01"), None),
        (times("2000-01-01"), None),
    ],
)
def test_between_gives_the_regular_step_or_none(given: np.ndarray, step: str | None) -> None:
    found = Step.between(given)
    assert (None if found is None else str(found)) == step


def test_after_gives_the_next_times() -> None:
    assert (
        Step.parse("1M").after(times("1960-11-01")[0], 3).tolist()
        == times("1960-12-01", "1961-01-01", "1961-02-01").tolist()
    )
    assert (
        Step.parse("6h").after(times("1999-12-31 18:00")[0], 2).tolist()
        == times("2000-01-01", "2000-01-01 06:00").tolist()
    )
    assert (
        Step.parse("1D").after(times("1988-02-28")[0], 2).tolist()
        == times("1988-02-29", "1988-03-01").tolist()
    )


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(-4_000_000_000, 4_000_000_000), min_size=1, max_size=20),
    st.sampled_from(["30s", "5min", "1h", "1D", "1W", "1M", "3M", "1Y"]),
)
def test_number_and_beginning_enclose_every_time(seconds: list[int], rule: str) -> None:
    step, given = Step.parse(rule), np.array(seconds, "datetime64[s]")
    numbers = step.number(given)
    assert (step.beginning(numbers) <= given).all()
    assert (given < step.beginning(numbers + 1)).all()
    assert (step.number(step.beginning(numbers)) == numbers).all()


@pytest.mark.parametrize(
    ("rule", "alias"),
    [
        ("5min", "5min"),
        ("1h", "1h"),
        ("1D", "1D"),
        ("1W", "W-MON"),
        ("1M", "MS"),
        ("3M", "QS"),
        ("1Y", "YS"),
    ],
)
@pytest.mark.parametrize(
    "time",
    ["1999-12-31 23:59:59", "2000-02-29 12:34:56", "2021-07-04 00:00:00", "2024-01-01 00:00:00"],
)
def test_beginning_equals_pandas(rule: str, alias: str, time: str) -> None:
    import pandas

    step = Step.parse(rule)
    expected = (
        pandas.Series([1], index=[pandas.Timestamp(time)])
        .resample(alias, closed="left", label="left")
        .sum()
        .index[0]
    )
    assert step.beginning(step.number(times(time)))[0] == np.datetime64(
        expected.to_pydatetime(), "s"
    )


@pytest.mark.parametrize(
    ("rule", "season"),
    [
        ("5min", 288),
        ("30min", 48),
        ("1h", 24),
        ("7h", 1),
        ("1D", 7),
        ("1W", 52),
        ("1M", 12),
        ("3M", 4),
        ("1Y", 1),
        ("2D", 1),
    ],
)
def test_season_of_each_step(rule: str, season: int) -> None:
    assert Step.parse(rule).season == season


@pytest.mark.parametrize(
    ("text", "time_format", "time"),
    [
        ("2014-02-07 14:55:00", None, "2014-02-07 14:55:00"),
        ("2014-02-07T14:55", None, "2014-02-07 14:55:00"),
        ("2014-02-07 14:55:00.000000", None, "2014-02-07 14:55:00"),
        ("1949-01", None, "1949-01-01"),
        ("1981-01-01", None, "1981-01-01"),
        ("2016-06-17 00:00:00+02:00", None, "2016-06-16 22:00:00"),
        ("01.02.2009 00:10:00", "%d.%m.%Y %H:%M:%S", "2009-02-01 00:10:00"),
        ("3/14/2009", "%m/%d/%Y", "2009-03-14"),
    ],
)
def test_parse_time_reads_iso_and_formats(text: str, time_format: str | None, time: str) -> None:
    assert parse_time(text, time_format) == np.datetime64(time, "s")


@pytest.mark.parametrize(
    ("text", "time_format"),
    [
        ("", None),
        ("14", None),
        ("soon", None),
        ("1.2.2009", None),
        ("2009-13-01", None),
        ("2009-01-01", "%d.%m.%Y"),
    ],
)
def test_parse_time_refuses_other_text(text: str, time_format: str | None) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(text, time_format)


def test_shown_time_omits_midnight() -> None:
    assert [shown_time(time) for time in times("2014-02-07 14:55:00", "2014-02-07")] == [
        "2014-02-07 14:55:00",
        "2014-02-07",
    ]


def test_cycles_by_hand() -> None:
    """Six in the morning is a quarter of a day; the week begins on Monday; a year later it is the
    same.
    """
    found = cycles(times("2024-01-01 06:00"), ("day", "week"))  # a Monday
    assert found[0] == pytest.approx(
        [1, 0, np.sin(2 * np.pi * 0.25 / 7), np.cos(2 * np.pi * 0.25 / 7)], abs=1e-12
    )
    first, later = cycles(times("2001-07-01", "2002-07-01"), ("year",))
    assert first == pytest.approx(later, abs=0.01)
    assert cycles(times("2001-01-01"), ()).shape == (1, 0)


def test_shown_times_writes_a_column_alike() -> None:
    """A table that writes a midnight without the clock, and the hour after it with it, is one that
    pandas cannot read.
    """
    midnights = np.array(["2015-01-01", "2015-01-02"], "datetime64[s]")
    assert shown_times(midnights) == ["2015-01-01", "2015-01-02"]
    assert shown_times(midnights + np.timedelta64(1, "h") * np.arange(2)) == [
        "2015-01-01 00:00:00",
        "2015-01-02 01:00:00",
    ]
