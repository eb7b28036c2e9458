"""Rows averaged over steps: compared with pandas, and what becomes of steps that are not full."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.series.grid import Grid
from rnnkit.data.series.resample import resampled
from rnnkit.data.times.clock import shown_times
from rnnkit.data.times.step import Step
from rnnkit.errors import RnnkitError

NAN = float("nan")


def grid(times: pd.DatetimeIndex, y: Any = None, **columns: Any) -> Grid:
    values = np.arange(float(len(times))) if y is None else np.array(y, float)
    others = {name: np.array(column) for name, column in columns.items()}
    return Grid(
        {"y": values, **others}, times.as_unit("us"), None, np.arange(2, 2 + len(times)), "t.csv"
    )


def hours(first: str, last: str, **options: Any) -> pd.DatetimeIndex:
    return pd.date_range(first, last, freq="h", **options)


@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.one_of(st.none(), st.floats(-100, 100))),
        min_size=3,
        max_size=40,
    ),
    st.sampled_from(["7min", "1h"]),
)
def test_resampled_equals_pandas(rows: list[tuple[int, float | None]], rule: str) -> None:
    start = pd.Timestamp("1969-12-29")  # where our steps are counted from
    minutes = [0, 3, 11, 24, *(minute for minute, _ in rows)]  # which stand in no step alike
    times = start + pd.to_timedelta(minutes, unit="min")
    values = [1.0, 2.0, 3.0, 4.0, *(NAN if value is None else value for _, value in rows)]
    expected = pd.Series(values, index=times).sort_index().resample(rule, origin=start).mean()
    found, _ = resampled(grid(times, values), Step.parse(rule), ["y"], keep_partial=True)
    assert found.times is not None
    assert (found.times == expected.index).all()
    assert found.columns["y"].tolist() == pytest.approx(expected.tolist(), nan_ok=True)


def test_resampled_days_of_23_and_25_hours() -> None:
    for first, count in (("2023-03-25", 23), ("2023-10-28", 25)):
        days = hours(first, f"{first[:-2]}30 23:00", tz="Europe/Berlin")
        found, _ = resampled(grid(days, days.day), Step.parse("1D"), ["y"], keep_partial=False)
        assert found.columns["y"].tolist() == sorted(set(days.day))
        assert (days.day == int(first[-2:]) + 1).sum() == count


@pytest.mark.parametrize(
    ("first", "last", "rule", "steps", "word"),
    [
        ("2023-01-01 00:00", "2023-01-09 23:00", "1D", 9, ""),
        ("2023-01-01 00:00", "2023-01-10 05:00", "1D", 9, "last.*6 rows.*24"),
        ("2023-01-01 00:00", "2023-01-10 22:00", "1D", 9, "last.*23 rows"),
        ("2023-01-01 09:00", "2023-01-09 23:00", "1D", 8, "first.*15 rows"),
        ("2023-01-02 00:00", "2023-02-10 23:00", "1W", 5, "last"),
        ("2023-01-01 00:00", "2023-05-20 23:00", "1M", 4, "last"),
        ("2023-01-01 00:00", "2023-05-31 23:00", "1M", 5, ""),
    ],
)
def test_resampled_leaves_out_ends_that_are_not_full(
    first: str, last: str, rule: str, steps: int, word: str
) -> None:
    rows = grid(hours(first, last))
    found, notes = resampled(rows, Step.parse(rule), ["y"], keep_partial=False)
    assert len(found) == steps
    assert ("partial: keep" in notes[-1]) == bool(word)
    kept, notes = resampled(rows, Step.parse(rule), ["y"], keep_partial=True)
    assert len(kept) == steps + bool(word)
    assert "partial" not in " ".join(notes)


def test_resampled_keeps_a_last_day_that_ends_as_all_do() -> None:
    opened = hours("2023-01-01", "2023-01-20 23:00")
    opened = opened[(opened.hour >= 9) & (opened.hour < 17)]
    found, _ = resampled(grid(opened), Step.parse("1D"), ["y"], keep_partial=False)
    assert len(found) == 20


def test_resampled_begins_the_future_where_targets_end() -> None:
    times = hours("2023-01-01", "2023-01-12 23:00")
    y = np.where(times < "2023-01-10 06:00", 1.0, NAN)
    found, notes = resampled(
        grid(times, y, plan=y * 0), Step.parse("1D"), ["y"], keep_partial=False
    )
    assert len(found) == 12
    assert np.isnan(found.columns["y"][9:]).all()
    assert not np.isnan(found.columns["y"][:9]).any()
    assert "2023-01-10" in notes[-1]


@pytest.mark.parametrize(
    ("first", "freq", "rule"),
    [
        ("2010-01-31", "ME", "1M"),
        ("2010-02-28", "3ME", "3M"),
        ("2010-01-15", pd.DateOffset(months=1), "1M"),
        ("2010-01-03", "W", "1W"),
        ("2010-01-01 12:00", "D", "1D"),
        ("2010-01-01 00:30", "h", "1h"),
        ("2010-01-04 17:00", "B", "1B"),
    ],
)
def test_resampled_dates_steps_as_all_rows_are(first: str, freq: Any, rule: str) -> None:
    times = pd.date_range(first, periods=30, freq=freq)
    found, _ = resampled(grid(times.delete(7)), Step.parse(rule), ["y"], keep_partial=False)
    assert found.times is not None
    assert shown_times(found.times) == shown_times(times)
    assert np.isnan(found.columns["y"]).tolist() == [step == 7 for step in range(30)]


def test_resampled_business_days_add_a_weekend_to_friday() -> None:
    times = pd.date_range("2024-01-01", periods=14, freq="D")
    found, _ = resampled(grid(times), Step.parse("1B"), ["y"], keep_partial=False)
    assert found.columns["y"].tolist() == [0, 1, 2, 3, 5, 7, 8, 9, 10, 12]


def test_resampled_refuses_far_more_steps_than_rows() -> None:
    times = pd.DatetimeIndex(["2020-01-01", "2021-01-01"])
    with pytest.raises(RnnkitError, match="2 rows would become"):
        resampled(grid(times), Step.parse("1s"), ["y"], keep_partial=False)
