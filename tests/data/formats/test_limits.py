"""One text, and one row, of any file: the longest that may be is read, one longer is refused with
its row and what to do, before it fills memory.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

from rnnkit.cli.options import text_from
from rnnkit.data.datasets.folder import Folder
from rnnkit.data.formats.csv import Csv
from rnnkit.data.formats.format import Format
from rnnkit.errors import RnnkitError
from rnnkit.registry import lookup
from rnnkit.storage.reading import ROW_BYTES, ROW_FIELDS, TEXT_CHARACTERS


def columnar(text: str, kind: str) -> bytes:
    table, sink = pa.table({"text": ["short", text]}), io.BytesIO()
    if kind == "parquet":
        parquet.write_table(table, sink)
    else:
        with ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    return sink.getvalue()


FILES: dict[str, Callable[[str], bytes]] = {
    "csv": lambda text: f"text,label\nshort,a\n{text},a\n".encode(),
    "tsv": lambda text: f"text\tlabel\nshort\ta\n{text}\ta\n".encode(),
    "jsonl": lambda text: f'{{"text": "short"}}\n{{"x": [{{"text": "{text}"}}]}}\n'.encode(),
    "txt": lambda text: f"short\n{text}\n".encode(),
    "conll": lambda text: f"short\tO\n\n{text[:-2]}\tO\n".encode(),
    "tagged_lines": lambda text: f"short|O\n{text[:-2]}|O\n".encode(),
    "parquet": lambda text: columnar(text, "parquet"),
    "arrow": lambda text: columnar(text, "arrow"),
}


def kind_of(name: str) -> Format:
    kind: Format = lookup("format", name)()
    return kind


@pytest.mark.parametrize("name", FILES)
def test_read_refuses_a_text_that_is_too_long(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"f.{name}"
    path.write_bytes(FILES[name]("é" * TEXT_CHARACTERS))
    assert len(list(kind_of(name).read(path))) == 2
    path.write_bytes(FILES[name]("é" * (TEXT_CHARACTERS + 1)))
    with pytest.raises(RnnkitError, match=r"f\.\w+(: row |:)[23].*1,000,000 characters.*Split"):
        list(kind_of(name).read(path))


LONG_ROWS = {
    "csv of many fields": ("csv", "," * ROW_FIELDS + "\n", "row 1.*fields"),
    "csv of many lines": ("csv", "a,b\n" + ('"' + "x\n" * 490_000 + '",') * 9 + "\n", "row 2.*row"),
    "csv of an open quote": ("csv", 'a,b\n"' + "x\n" * 990_000, "row 2.*close the quote"),
    "jsonl of many lists": ("jsonl", '{"a": [' + "[]," * ROW_FIELDS + "1]}\n", "row 1.*lists"),
    "conll of many lines": ("conll", "a\tO\n" * 400_000, "f.conll:1: a sentence"),
    "no line end": ("csv", "\0" * (ROW_BYTES + 1), "without an end.*Split"),
}


@pytest.mark.parametrize("case", LONG_ROWS)
def test_read_refuses_a_row_that_is_too_long(case: str, tmp_path: Path) -> None:
    name, text, words = LONG_ROWS[case]
    path = tmp_path / f"f.{name}"
    path.write_text(text)
    with pytest.raises(RnnkitError, match=words):
        list(kind_of(name).read(path))


def test_read_takes_each_line_of_an_open_quote_once(tmp_path: Path) -> None:
    """Lines of quotes, which alone tell whether the field is closed: 100,000 would take hours."""
    path = tmp_path / "f.csv"
    path.write_text('text label\n"' + '""\n' * 100_000)
    with pytest.raises(RnnkitError, match="row 2 and never closed"):
        list(Csv(separator="whitespace").read(path))
    assert sum(1 for _ in Csv(separator="tab", quotes=False).read(path)) == 100_000


def test_read_parquet_of_values_that_rows_share_takes_few_at_once(tmp_path: Path) -> None:
    """2,000 rows of one text of a megabyte, which a file of some kilobytes says."""
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * 2000, pa.int32()), ["a" * 1_000_000])
    parquet.write_table(pa.table({"text": shared}), tmp_path / "f.parquet")
    before = pa.default_memory_pool().max_memory()
    with kind_of("parquet").read(tmp_path / "f.parquet") as rows:
        assert sum(len(values["text"]) for _, values in rows) == 2_000_000_000
    assert pa.default_memory_pool().max_memory() < max(before, 500_000_000)


def test_folder_refuses_a_file_that_is_too_long(tmp_path: Path) -> None:
    for name in ("good", "bad"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.txt").write_text("short")
    (tmp_path / "bad" / "2.txt").write_text("x" * (TEXT_CHARACTERS + 1))
    with pytest.raises(RnnkitError, match=r"2\.txt: a text of 1,000,001.*Split"):
        Folder(path=str(tmp_path)).load()


@pytest.mark.parametrize("content", [b"x" * 1_000_001, b"\0" * 9_000_000])
def test_text_from_standard_input_has_the_same_limit(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    with pytest.raises(RnnkitError, match=r"standard input: a text.*Split"):
        text_from("-")


def test_json_escapes_count_as_what_they_mean(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text(json.dumps({"text": "é" * TEXT_CHARACTERS}) + "\n")  # six bytes each
    assert len(list(kind_of("jsonl").read(path))) == 1
