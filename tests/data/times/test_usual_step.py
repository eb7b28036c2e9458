"""The step that the times of a series have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnkit.data.times.step import Step
from rnnkit.data.times.usual_step import regular_step, usual_step
from tests.data.tables import times


@pytest.mark.parametrize(
    ("texts", "step"),
    [
        (["2014-04-01 00:00", "2014-04-01 00:05", "2014-04-01 00:10"], "5min"),
        (["2014-04-01 00:00:00.00", "2014-04-01 00:00:00.02"], "20ms"),
        (["1949-01-01", "1949-02-01", "1949-03-01", "1949-04-01"], "1M"),
        (["2001-07-01", "2001-08-01", "2001-09-01"], "1M"),  # and 31 days each
        (["2000-01-15 12:00", "2000-02-15 12:00", "2000-03-15 12:00"], "1M"),
        (["2000-01-30", "2000-02-29", "2000-03-30"], "1M"),
        (["2021-12-31", "2022-01-31", "2022-02-28"], "1M"),
        (["2022-03-31", "2022-04-29", "2022-05-31"], "1M"),  # the last business days
        (["2022-04-01", "2022-05-02", "2022-06-01"], "1M"),  # the first ones
        (["2024-01-01", "2024-01-15", "2024-02-01", "2024-02-15", "2024-03-01"], "SM"),
        (["2023-12-15", "2023-12-31", "2024-01-15", "2024-01-31", "2024-02-15"], "SM"),
        (["2024-01-05", "2024-01-20", "2024-02-05", "2024-02-20"], "SM"),
        (["2024-01-01", "2024-01-15", "2024-01-29", "2024-02-12"], "2W"),
        (["2024-01-01", "2024-01-16", "2024-01-31", "2024-02-15"], "15D"),
        (["2000-03-31", "2000-06-30", "2000-09-30", "2000-12-31"], "3M"),
        (["2000-01-01", "2001-01-01", "2002-01-01"], "1Y"),
        (["2001-12-31", "2002-12-31", "2003-12-31"], "1Y"),
        (["2000-01-01", "2000-01-02"], "1D"),
        (
            ["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09", "2024-01-10", "2024-01-11"],
            "1B",
        ),
        (["2024-01-01", "2024-01-02", "2024-01-03"], "1D"),  # no weekend tells
        (["2024-01-07", "2024-01-14", "2024-01-21"], "1W"),
        (["1984-12-30", "1985-01-01", "1985-01-02"], None),
        (["2000-01-01", "2000-01-01"], None),
        (["2000-01-02", "2000-01-01"], None),
        (["2000-01-01"], None),
    ],
)
def test_regular_step_is_the_one_between_all_neighbours_or_none(
    texts: list[str], step: str | None
) -> None:
    found = regular_step(times(*texts))
    assert (None if found is None else str(found)) == step


@pytest.mark.parametrize("hours", [1, 6, 24])
@pytest.mark.parametrize("clock", ["local", "UTC"])
def test_regular_step_over_the_change_of_a_clock(hours: int, clock: str) -> None:
    """Days of 23 hours are days where they begin at midnight; hours of UTC are hours too."""
    zone = "Europe/Berlin" if clock == "local" else "UTC"
    texts = pd.date_range("2023-03-20", "2023-04-02", freq=f"{hours}h", tz=zone)
    if clock == "local" and hours > 1:
        naive = pd.date_range("2023-03-20", "2023-04-02", freq=f"{hours}h")
        texts = naive.tz_localize(zone)
    found = regular_step(texts.tz_convert("Europe/Berlin").as_unit("us"))
    assert str(found) == str(Step.parse(f"{hours}h"))
    assert found is not None
    assert found.after(texts[-1].tz_convert("Europe/Berlin"), 1)[0] == times(
        "2023-04-02 00:00", zone=zone
    )[0] + pd.Timedelta(hours=hours)


@pytest.mark.parametrize("days", [(1, 15), (1, 16), (15, 31), (5, 20), (14, 28), (15, 30)])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_half_months_are_dated_ahead_as_they_are(days: tuple[int, int], zone: str | None) -> None:
    months = pd.period_range("2023-01", periods=20, freq="M")
    texts = [
        str(month.start_time + pd.Timedelta(min(day, month.days_in_month) - 1, "D"))
        for month in months
        for day in days
    ]
    whole = times(*texts, zone=zone)
    found = regular_step(whole[:20])
    assert str(found) == "SM"
    assert found is not None
    assert (found.after(whole[19], 20) == whole[20:]).all()
    assert str(usual_step(whole.delete(7))) == "SM"


def test_regular_step_prefers_that_of_the_training() -> None:
    week = times("2024-01-01", "2024-01-02", "2024-01-03")
    assert str(regular_step(week, Step.parse("1B"))) == "1B"
    assert str(regular_step(times("2024-01-31"), Step.parse("1M"))) == "1M"
    assert str(regular_step(times("2024-01-07", "2024-01-14"), Step.parse("1D"))) == "1W"


@pytest.mark.parametrize(
    ("rule", "jitter", "dropped"),
    [
        ("1D", 0, 3),
        ("5min", 20, 0),
        ("5min", 20, 3),
        ("1h", 90, 2),
        ("1s", 0, 5),
        ("1W", 0, 2),
        ("SM", 0, 2),
        ("1M", 0, 2),
        ("1M", 86_400, 0),
        ("3M", 0, 1),
        ("1B", 0, 4),
    ],
)
def test_usual_step_of_gaps_jitter_and_repeated_times(rule: str, jitter: int, dropped: int) -> None:
    generator = np.random.default_rng(1)
    step = Step.parse(rule)
    those = step.dates(step.number(times("2019-05-01"))[0] + np.arange(60))
    noise = generator.uniform(-jitter, jitter, 60).astype("timedelta64[s]")
    kept = generator.permutation(60)[dropped:]
    assert str(usual_step((those + noise)[np.append(kept, kept[0])])) == rule
