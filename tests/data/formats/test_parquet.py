"""Parquet, where pyarrow is installed; and what is said where it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rnnkit.data.datasets.table import Csv
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
