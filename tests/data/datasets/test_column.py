"""A column of a table as running text."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit.data.datasets.column import Column
from rnnkit.data.datasets.kinds.further import file_keys
from rnnkit.errors import RnnkitError
from tests.data.tables import made

TEXTS = ("a b", ' "c", d\ne ', "", None)
ROWS = [{"id": number, "tweet": text} for number, text in enumerate(TEXTS)]


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "arrow"])
def test_column_gives_each_cell_on_a_line(kind: str) -> None:
    pytest.importorskip("pyarrow")
    with made(kind).writer(Path(f"in.{kind}")) as writer:
        writer.write(ROWS)
    dataset = Column(path=f"in.{kind}", text="tweet")
    assert dataset.load().train == 'a b\n"c", d\ne\n'
    assert dataset.read(f"in.{kind}") == dataset.load().train
    assert dataset.fetch() == f"in.{kind}"


def test_column_names_what_is_wrong() -> None:
    Path("in.csv").write_text("id;text\n1;a\n", encoding="utf-8")
    with pytest.raises(
        RnnkitError, match=r"data\.dataset\.column\.path.*`data.dataset.column.separator: ';'`"
    ):
        Column(path="in.csv").load()
    Path("n.jsonl").write_text('{"text": 1}\n', encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"n\.jsonl: row 1.*Expected text"):
        Column(path="n.jsonl").load()
    Path("none.csv").write_text("text\n\n", encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"none\.csv has no text"):
        Column(path="none.csv").load()


def test_column_reads_a_further_text_or_table() -> None:
    Path("in.txt").write_bytes("été".encode("cp1252"))
    Path("in.csv").write_text("id;tweet\n1;a\n", encoding="utf-8")
    dataset = Column(path="other.csv", text="tweet")
    with file_keys("encoding=cp1252"):
        assert dataset.further.read("in.txt") == "été"
    with file_keys("separator=;"):
        assert dataset.further.read("in.csv") == "a\n"
