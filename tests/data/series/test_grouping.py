"""Columns that identify the series of a table."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.data.series.grouping import identifying_columns
from tests.data.tables import table

DAYS = 20


def identified(rows: list[tuple[int, str, str]]) -> tuple[tuple[str, ...], int]:
    """The columns that identify series in rows of (day, store, promotion), and their number."""
    lines = [
        f"{day},{number % 5},{store},{promo}" for number, (day, store, promo) in enumerate(rows)
    ]
    opened = table("\n".join(["t,y,store,promo", *lines]) + "\n")
    moments = np.array([day for day, _, _ in rows])
    return identifying_columns(opened, np.arange(2, 2 + len(rows)), moments, {"t", "y"})


def days(store: str) -> list[tuple[int, str, str]]:
    return [(day, store, "no" if day % 3 else "yes") for day in range(DAYS)]


@pytest.mark.parametrize("order", ["one after the other", "by time"])
def test_identifying_columns_of_several_series(order: str) -> None:
    rows = days("A") + days("B") + days("C")
    if order != "one after the other":
        rows.sort(key=lambda row: row[0])
    assert identified(rows) == (("store",), 3)


def test_identifying_columns_of_series_that_overlap_in_part() -> None:
    rows = days("A") + [(day + DAYS - 3, "B", promo) for day, _, promo in days("A")]
    assert identified(sorted(rows)) == (("store",), 2)


def test_identifying_columns_of_a_series_with_a_repeated_day_are_none() -> None:
    rows = days("A")
    assert identified([*rows[:7], (6, "A", "no"), *rows[7:]]) == ((), 0)
    assert identified([*rows[:7], (6, "A", "yes"), *rows[7:]]) == ((), 0)


def test_identifying_columns_of_a_series_out_of_order_are_none() -> None:
    generator = np.random.default_rng(0)
    rows = days("A")
    assert identified([rows[index] for index in generator.permutation(DAYS)]) == ((), 0)
