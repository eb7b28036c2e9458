from __future__ import annotations

from rnnkit.data.raw.groups import shared_groups
from rnnkit.data.raw.labelled import Examples


def of(*patients: str | None) -> Examples:
    rows = ["text"] * len(patients)
    return Examples(rows, [("a",)] * len(rows), str, columns={"patient": patients})


def test_shared_groups_are_counted_where_the_part_has_the_column() -> None:
    lacking = Examples(["text"], [("a",)], str)
    parts = {"train": of("p1", None, "p2"), "test": of("p2", "p3", " p1", ""), "other": lacking}
    (line,) = shared_groups(parts, "patient", "text")
    assert line.startswith("2 of 4 test texts")
