"""Hints at the way in which a table is written: applied, they make the mistake go away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.data.formats.dialects import Dialect, cure_of_rows
from rnnkit.errors import RnnkitError
from tests.data.tables import checked, cures, made


@pytest.mark.parametrize(
    ("content", "keys"),
    [
        ("date;y\n2023-01-01;20,28\n2023-01-02;23,49\n", {"separator": ";"}),
        ("y;id\n3;1\n", {"separator": ";"}),
        ("date\ty\n2023-01-01\t20,28\n", {"separator": "tab"}),
        ("date|y\n1|2\n", {"separator": "|"}),
        ("date         y\n2023-01-01   3\n", {"separator": "whitespace"}),
        ("# station 17\ndate,y\n1,2\n3,4\n", {"skip_rows": 1}),
        ("# station 17, on a hill, 400 m\n# mm\n\ndate,y\n1,2\n", {"skip_rows": 3}),
        ("Rain in 2023\n\ndate;y\n1;2\n3;4\n", {"skip_rows": 2, "separator": ";"}),
    ],
)
def test_cures_give_the_column(content: str, keys: dict[str, Any]) -> None:
    Path("in.csv").write_text(content, encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"in\.csv") as caught:
        checked(made("csv").read(Path("in.csv")), ["y"])
    assert cures(str(caught.value)) == keys
    rows = checked(made("csv", **keys).read(Path("in.csv")), ["y"])
    assert rows[0].values["y"] in ("20,28", "3", "2")
    assert rows[0].number == 2 + keys.get("skip_rows", 0)


@pytest.mark.parametrize(
    "content",
    ["text,label\na,b,c\n", "text,label\na,1\nb,2,\n", "text\nwell, no\n", "a,b\n1,2\n1,2,3\n"],
)
def test_cure_of_rows_is_not_given_for_a_wrong_row(content: str) -> None:
    Path("in.csv").write_text(content, encoding="utf-8")
    with pytest.raises(RnnkitError, match="Correct the row") as caught:
        list(made("csv").read(Path("in.csv")))
    assert not cures(str(caught.value))


def test_cure_of_rows_reads_over_line_ends_within_quotes() -> None:
    rows = ["id;review;stars", '1;"dull, and', 'empty";bad', "2;good, and warm;good", '3;"a film']
    cure = cure_of_rows(Dialect(0, ","), rows)
    assert "';'" in cure


def test_words_of_equal_sentences_are_no_fields() -> None:
    Path("in.csv").write_text("text\na dull film\na good song\n", encoding="utf-8")
    with pytest.raises(RnnkitError, match="no column 'label'") as caught:
        checked(made("csv").read(Path("in.csv")), ["label"])
    assert not cures(str(caught.value))
