"""The columns that a table must have."""

from __future__ import annotations

import pytest

from rnnkit.data.read.columns import RequiredColumns
from rnnkit.errors import RnnkitError
from tests.data.tables import checked, table


def test_check_lets_every_row_pass_that_has_them() -> None:
    rows = table("text,label\na,1\nb,2\n")
    assert [row.number for row in checked(rows, ["label", "text"])] == [2, 3]


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            "text,Label\na,1\n",
            {},
            r"no column 'label' in in.csv\. It has: 'text'.*Did you",
        ),
        ("text,1\na,1\n", {}, r"`label: '1'`.*`header: false` and `label: 1`"),
        ("review;n\na;1\n", {}, r"`separator: ';'`"),
        ("text,1\na,1\n", {"header": False}, r"It has: '0', '1'\. .*`label: 0`"),
        (f"text,{'a' * 1000}\na,1\n", {}, r"'a{37}\.\.\.'"),
    ],
)
def test_check_refuses_a_missing_column(
    content: str, options: dict[str, bool], message: str
) -> None:
    with pytest.raises(RnnkitError, match=message):
        checked(table(content, **options), ["label"], {"label": "label", "text": "text"})


def test_check_refuses_a_column_missing_in_a_later_row() -> None:
    rows = table('{"a": 1}\n{"b": 1}\n', "jsonl")
    with pytest.raises(RnnkitError, match=r"no column 'a' in in.jsonl: row 2"):
        checked(rows, ["a"])


def test_check_names_no_nested_column_and_no_other_file_for_a_row() -> None:
    nested = table('{"data": {"text": "a"}}\n', "jsonl")
    with pytest.raises(RnnkitError, match="Rename"):
        checked(nested, ["text"], {"text": "text"})
    later = table('{"text": "a"}\n{"label": "b"}\n', "jsonl")
    with pytest.raises(RnnkitError, match=r"in in.jsonl: row 2.*null"):
        checked(later, ["text"], {"text": "text"})
    with pytest.raises(RnnkitError, match=r"\.jsonl"):
        checked(table('{"text": "a"}\n{"text": "b"}\n'), ["text"])


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_check_block_says_what_check_says(suffix: str) -> None:
    content = "Label,n\na,1\n" if suffix == "csv" else '{"Label": "a"}\n{"Label": "b"}\n'
    wanted = ["label"], {"label": "label"}
    with pytest.raises(RnnkitError) as by_row:
        checked(table(content, suffix), *wanted)
    with table(content, suffix) as rows, pytest.raises(RnnkitError) as by_block:
        RequiredColumns(rows, *wanted).check_block(next(rows.blocks()))
    assert str(by_block.value) == str(by_row.value)
    with table(content, suffix) as rows:
        RequiredColumns(rows, ["Label"]).check_block(next(rows.blocks()))
