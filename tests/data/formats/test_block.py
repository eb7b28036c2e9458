"""Rows many at a time are the rows one after the other, to the row that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.formats.block import batches, blocks_of
from rnnkit.data.formats.csv import DelimitedFormat
from rnnkit.data.formats.format import Row, Rows
from rnnkit.errors import RnnkitError
from tests.data.tables import table


def until_wrong(items: Iterable[Any]) -> tuple[list[Any], str]:
    """What comes before an error, and the error."""
    seen = []
    try:
        for item in items:
            seen.append(item)
    except RnnkitError as error:
        return seen, str(error)
    return seen, ""


def rows_of_blocks(rows: Rows) -> tuple[list[tuple[int, dict[str, Any]]], str]:
    blocks, error = until_wrong(rows.blocks())
    return [
        (number, {name: block.cells(name)[index] for name in block.names})
        for block in blocks
        for index, number in enumerate(block.numbers)
    ], error


@given(
    st.text(alphabet='a1,\n\n"\0\r ', max_size=30),
    st.booleans(),
    st.booleans(),
    st.integers(0, 2),
)
def test_column_blocks_are_the_rows_of_a_table(
    content: str, header: bool, quotes: bool, skip_rows: int
) -> None:
    keys = {"header": header, "quotes": quotes, "skip_rows": skip_rows}
    rows, error = until_wrong(table(content, **keys))
    assert rows_of_blocks(table(content, **keys)) == ([tuple(row) for row in rows], error)


@pytest.mark.parametrize("wrong", [b"1,2,3\n", b"\xff,2\n", b'"1,2\n', b"1,\0\n"])
def test_column_blocks_end_at_the_row_that_is_wrong(wrong: bytes) -> None:
    content = b"a,b\n" + b"1,2\n" * 3000 + wrong + b"1,2\n" * 10
    rows, error = until_wrong(table(content))
    assert error
    assert rows_of_blocks(table(content)) == ([tuple(row) for row in rows], error)


def test_blocks_of_records_end_where_their_names_change() -> None:
    records = [{"a": 1}, {"a": 2}, {"a": 3, "b": 4}, {"b": 5}]
    blocks = list(blocks_of(Row(number, record) for number, record in enumerate(records)))
    assert [(list(block.numbers), list(block.names)) for block in blocks] == [
        ([0, 1], ["a"]),
        ([2], ["a", "b"]),
        ([3], ["b"]),
    ]


def test_batches_gives_what_comes_before_an_error() -> None:
    def items() -> Iterable[int]:
        yield from range(5)
        raise RnnkitError("", "wrong")

    assert until_wrong(batches(items(), 2)) == ([[0, 1], [2, 3], [4]], "wrong.")
    assert list(batches(range(4), 2)) == [[0, 1], [2, 3]]


class Doubled(DelimitedFormat):
    """A format of the user's own: a table whose rows come twice."""

    suffixes: ClassVar[tuple[str, ...]] = (".doubled",)

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        for row in super().rows(file, source):
            yield from (row, row)


def test_a_format_with_rows_of_its_own_has_blocks_of_them() -> None:
    Path("in.doubled").write_text("a\n1\n2\n")
    (block,) = Rows(Doubled(), Path("in.doubled")).blocks()
    assert list(block.cells("a")) == ["1", "1", "2", "2"]
