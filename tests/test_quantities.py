"""How many, and how much, as a sentence says it."""

from __future__ import annotations

from rnnkit.quantities import counted, percent


def test_a_number_agrees_with_its_noun() -> None:
    assert [counted(count, "row is", "rows are") for count in (0, 1, 2_000)] == [
        "0 rows are",
        "1 row is",
        "2,000 rows are",
    ]
    assert (counted(1, "step"), counted(2, "step")) == ("1 step", "2 steps")
    assert (percent(0.45), percent(1 / 3, 2)) == ("45 %", "33.33 %")
