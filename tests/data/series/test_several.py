"""Several series in one table, recognised by a column."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.data.series.several import telling_columns
from tests.data.tables import table

DAYS = 20


def told(rows: list[tuple[int, str, str]]) -> tuple[tuple[str, ...], int]:
    """What tells rows of (day, store, promotion) apart."""
    lines = [
        f"{day},{number % 5},{store},{promo}" for number, (day, store, promo) in enumerate(rows)
    ]
    opened = table("\n".join(["t,y,store,promo", *lines]) + "\n")
    moments = np.array([day for day, _, _ in rows])
    return telling_columns(opened, np.arange(2, 2 + len(rows)), moments, {"t", "y"})


def days(store: str) -> list[tuple[int, str, str]]:
    return [(day, store, "no" if day % 3 else "yes") for day in range(DAYS)]


@pytest.mark.parametrize("order", ["one after the other", "by time"])
def test_telling_columns_of_several_series(order: str) -> None:
    rows = days("A") + days("B") + days("C")
    if order != "one after the other":
        rows.sort(key=lambda row: row[0])
    assert told(rows) == (("store",), 3)


def test_telling_columns_of_series_that_overlap_for_a_while() -> None:
    rows = days("A") + [(day + DAYS - 3, "B", promo) for day, _, promo in days("A")]
    assert told(sorted(rows)) == (("store",), 2)


def test_telling_columns_of_a_series_with_a_repeated_day_are_none() -> None:
    rows = days("A")
    assert told([*rows[:7], (6, "A", "no"), *rows[7:]]) == ((), 0)
    assert told([*rows[:7], (6, "A", "yes"), *rows[7:]]) == ((), 0)


def test_telling_columns_of_a_series_out_of_order_are_none() -> None:
    generator = np.random.default_rng(0)
    rows = days("A")
    assert told([rows[index] for index in generator.permutation(DAYS)]) == ((), 0)
