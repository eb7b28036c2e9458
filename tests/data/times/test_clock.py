"""Clocks, cycles of the calendar, and times as a person writes them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnkit.data.times.clock import cycles, shown_time, shown_times, times_at
from tests.data.tables import times


def test_placed_takes_the_next_time_where_the_clock_is_put_forward() -> None:
    readings = np.array(["2018-11-04T00:00", "2018-11-05T00:00"], "datetime64[us]")
    assert shown_times(times_at(readings, "America/Sao_Paulo")) == [
        "2018-11-04T01:00:00-02:00",
        "2018-11-05T00:00:00-02:00",
    ]


def test_shown_time_omits_midnight() -> None:
    assert [shown_time(time) for time in times("2014-02-07 14:55", "2014-02-07")] == [
        "2014-02-07 14:55:00",
        "2014-02-07",
    ]
    berlin = times("2014-02-07 14:55", "2014-02-07", zone="Europe/Berlin")
    assert [shown_time(time) for time in berlin] == ["2014-02-07T14:55:00+01:00", "2014-02-07"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (times("2015-01-01", "2015-01-02"), ["2015-01-01", "2015-01-02"]),
        (
            times("2015-01-01", "2015-01-02 01:00"),
            ["2015-01-01 00:00:00", "2015-01-02 01:00:00"],  # which pandas reads
        ),
        (times("2015-01-01", "2015-01-01 00:00:00.04")[1:], ["2015-01-01 00:00:00.040"]),
        (times("2015-01-01", zone="America/St_Johns"), ["2015-01-01T00:00:00-03:30"]),
        (times("2015-07-01", zone="UTC"), ["2015-07-01T00:00:00+00:00"]),
    ],
)
def test_shown_times_writes_a_column_alike(given: pd.DatetimeIndex, shown: list[str]) -> None:
    assert shown_times(given) == shown


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


def test_cycles_follow_the_local_clock() -> None:
    summer_and_winter = times("2024-01-01 06:00", "2024-07-01 06:00", zone="Europe/Berlin")
    assert cycles(summer_and_winter, ("day",)) == pytest.approx(np.array([[1, 0], [1, 0]]))
