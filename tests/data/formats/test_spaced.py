"""Tables whose fields stand between blanks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.errors import RnnkitError
from tests.data.tables import made


def values(content: str, **options: Any) -> list[list[str]]:
    Path("in.csv").write_text(content, encoding="utf-8")
    kind = made("csv", **{"separator": "whitespace", **options})
    return [list(row.values.values()) for row in kind.read(Path("in.csv"))]


def test_fields_are_aligned_by_any_number_of_blanks() -> None:
    content = '  day         y\n\n 2024-01-01  3 \n2024-01-02\t 14\n"New York" ""\n'
    expected = [["", ""], ["2024-01-01", "3"], ["2024-01-02", "14"], ["New York", ""]]
    assert values(content) == values(content, separator=r"\s+") == expected
    assert values('a b\n5" "x\n', quotes=False) == [['5"', '"x']]


@pytest.mark.parametrize("row", ["1", "1 2 3"])
def test_a_row_of_another_width_is_refused(row: str) -> None:
    with pytest.raises(RnnkitError, match=rf"row 3 has {len(row.split())} fields? .*empty field"):
        values(f"a b\n1 2\n{row}\n")
    with pytest.raises(RnnkitError, match=r"row 2 .*never closed"):
        values('a b\n1 "2\n')


@pytest.mark.parametrize("content", ["review text,label\ngood film,1\n", "the text\nfilm\na b\n"])
def test_a_name_of_two_words_is_not_two_columns(content: str) -> None:
    Path("in.csv").write_text(content, encoding="utf-8")
    rows = made("csv").read(Path("in.csv"))
    assert "whitespace" not in rows.format.why_no_column(rows, "text")
    rows.close()
