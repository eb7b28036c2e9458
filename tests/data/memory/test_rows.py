"""A row in memory holds no more than one of a file; running text has no such limit."""

from __future__ import annotations

import pytest

from rnnkit.data.memory.rows import MemoryRows, text_of
from rnnkit.data.memory.table import Table, column_of
from rnnkit.errors import RnnkitError
from rnnkit.storage.reading import ROW_FIELDS, TEXT_CHARACTERS

LONG = "a" * (TEXT_CHARACTERS + 1)


def test_memory_rows_and_blocks_refuse_what_a_file_may_not_hold() -> None:
    for cell, said in (
        (LONG, "1,000,001 characters"),
        (["a"] * (ROW_FIELDS + 1), "250,000 fields"),
    ):
        table = Table({"text": column_of(["a", cell]), "count": column_of([1, 2])})
        with pytest.raises(RnnkitError, match=f"row 1: .*{said}"):
            list(MemoryRows(table, "the table"))
    (block,) = MemoryRows(Table({"text": column_of(["a", LONG])}), "the table").blocks()
    with pytest.raises(RnnkitError, match=r"row 1: .*1,000,001 characters"):
        block.cells("text")


def test_text_of_reads_a_single_text_of_any_length() -> None:
    assert text_of(Table({"text": column_of([LONG])}), "text") == LONG
    with pytest.raises(RnnkitError, match=r"row 0: .*1,000,001 characters"):
        text_of(Table({"text": column_of([LONG, "a"])}), "text")
