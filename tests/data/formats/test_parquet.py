"""Parquet, where pyarrow is installed; and what is said where it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rnnkit.data.datasets.table import Csv
from rnnkit.data.formats.parquet import Parquet
from rnnkit.errors import RnnkitError
from tests.data.tables import made, table


def test_parquet_reads_what_it_wrote() -> None:
    pytest.importorskip("pyarrow")
    records = [{"text": f"row {number}", "n": number, "x": None} for number in range(20_000)]
    with made("parquet").writer(Path("o.parquet")) as writer:
        for start in range(0, len(records), 7000):
            writer.write(records[start : start + 7000])
    rows = made("parquet").read(Path("o.parquet"))
    assert [(row.number, row.values) for row in rows] == list(enumerate(records, start=1))
    with made("parquet").writer(Path("empty.parquet")):
        pass
    assert list(made("parquet").read(Path("empty.parquet"))) == []


def test_parquet_is_read_by_a_data_set() -> None:
    pytest.importorskip("pyarrow")
    with made("parquet").writer(Path("o.parquet")) as writer:
        writer.write([{"text": "a", "label": 1}, {"text": "b", "label": 0}])
    examples = Csv(path="in.csv").read("o.parquet").parts["data"]
    assert (examples.texts, examples.labels) == (["a", "b"], [("1",), ("0",)])


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_columns_keep_the_type_of_their_first_rows(kind: str) -> None:
    pytest.importorskip("pyarrow")
    path = Path(f"o.{kind}")
    with made(kind).writer(path) as writer:
        writer.write([{"text": None, "p": 0.5}, {"text": None, "p": ""}])
        writer.write([{"text": "a\ud800", "p": ""}])
    rows = [row.values for row in made(kind).read(path)]
    assert [row["p"] for row in rows] == [0.5, None, None]
    assert [row["text"] for row in rows] == [None, None, "a\\ud800"]
    with pytest.raises(RnnkitError, match=r"'p'.*jsonl"), made(kind).writer(path) as writer:
        writer.write([{"p": 0.5}])
        writer.write([{"p": "half"}])
    assert len(list(made(kind).read(path))) == 3


def test_arrow_reads_a_stream_as_hugging_face_writes_it() -> None:
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({"text": ["a", "b"]})
    with arrow.OSFile("s.arrow", "wb") as file, arrow.ipc.new_stream(file, table.schema) as sink:
        sink.write_table(table)
    assert [row.values["text"] for row in made("arrow").read(Path("s.arrow"))] == ["a", "b"]


def test_parquet_names_a_file_of_another_kind() -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(RnnkitError, match=r"in.parquet: .*Parquet"):
        list(table("text,label\n", "parquet"))


def test_parquet_without_pyarrow_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(RnnkitError, match=r"pyarrow.*rnnkit\[parquet\]"):
        list(table("", "parquet"))


def test_parquet_refuses_standard_input_and_output() -> None:
    with pytest.raises(RnnkitError, match="standard input"):
        made("parquet").read(None)
    with pytest.raises(RnnkitError, match="standard output"), made("parquet").writer(None):
        pass


def test_rows_of_a_column_of_bytes_are_text(tmp_path: Path) -> None:
    """Some programs write text without saying that it is."""
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table({"text": [b"caf\xc3\xa9", None], "raw": [b"\xff", b"\xfe"]})
    parquet.write_table(table, tmp_path / "t.parquet")
    rows = [row.values for row in Parquet().read(tmp_path / "t.parquet")]
    assert rows == [{"text": "café", "raw": b"\xff"}, {"text": None, "raw": b"\xfe"}]


def test_parquet_reads_many_short_rows_at_once_and_few_that_point_to_a_long_text(
    tmp_path: Path,
) -> None:
    """A dictionary holds a text once, however many rows point to it, the first or the last ones."""
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    long, rows = "x" * 900_000, 9000
    places = pyarrow.array([0] * (rows - 20) + [1] * 20, pyarrow.int32())
    few = pyarrow.DictionaryArray.from_arrays(places, ["a", long])
    each = [f"{number} {'word ' * 100}" for number in range(rows)]
    for name, column, most in (("each", each, 4096), ("few", few, 128)):
        path = tmp_path / f"{name}.parquet"
        table = pyarrow.table({"text": column})
        limit = 10_000_000 if name == "few" else 1_000_000
        parquet.write_table(table, path, dictionary_pagesize_limit=limit, store_schema=False)
        with path.open("rb") as file:
            sizes = [batch.num_rows for batch in Parquet().batches(file)]
        assert sum(sizes) == rows
        assert most / 2 < max(sizes) <= most
