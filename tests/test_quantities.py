"""How many, and how much, as a sentence says it."""

from __future__ import annotations

import pytest

from rnnkit.quantities import byte_size, counted, percent


def test_a_number_agrees_with_its_noun() -> None:
    assert [counted(count, "row is", "rows are") for count in (0, 1, 2_000)] == [
        "0 rows are",
        "1 row is",
        "2,000 rows are",
    ]
    assert (counted(1, "step"), counted(2, "step")) == ("1 step", "2 steps")
    assert (percent(0.45), percent(1 / 3, 2)) == ("45 %", "33.33 %")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (1_234_567, "1.2 MB"),
        (349e9, "349 GB"),
        (25.3e9, "25.3 GB"),
        (4e15, "4,000 TB"),
    ],
)
def test_byte_size_has_few_digits(count: float, text: str) -> None:
    assert byte_size(count) == text
