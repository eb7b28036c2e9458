"""Rows whose quotes are plain characters."""

from __future__ import annotations

import pytest

from rnnkit.data.formats.unquoted import unquoted_records, unquoted_row


@pytest.mark.parametrize(
    "line",
    [
        '"Hello," he said.\t« Bonjour »',
        '"Help!"\t"À l\'aide !"',  # both sides are quotations
        '"Hello\tBonjour',  # a quotation that goes on
        'Hello"\tBonjour"',
        '5"\t13 cm',
        '"\t"',
        '""\t""',
    ],
)
def test_plain_records_keep_quotation_marks(line: str) -> None:
    lines = ["x\ty\n", f"{line}\n", "a\tb\n", '"c"\t"d"\n', 'e"\tf\n']
    expected = [text.rstrip("\n").split("\t") for text in lines]
    assert list(unquoted_records(iter(lines), "\t")) == expected


def test_plain_records_read_rows_that_are_enclosed_throughout() -> None:
    row = unquoted_row(["a\tb", 'say "c"\n\nd', ""], "\t")
    assert row == '"a\tb"\t"say ""c""\n\nd"\t""'
    lines = ["x\ty\tz\n", *f"{row}\n".splitlines(keepends=True), "\n", "1\t2\t3"]
    assert list(unquoted_records(iter(lines), "\t")) == [
        ["x", "y", "z"],
        ["a\tb", 'say "c"\n\nd', ""],
        [],
        ["1", "2", "3"],
    ]


def test_plain_row_encloses_what_would_be_taken_for_enclosed() -> None:
    for fields in (['"a"', '"b ""c"""'], ['"a', "b"], ['"', ""]):
        row = unquoted_row(fields, "\t")
        records = unquoted_records(iter([f"{row}\n", 'c"\t"d"\n']), "\t")
        assert next(records) == fields
