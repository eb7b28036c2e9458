"""The user's tables: every way in which a file can be saved, and can go wrong."""

from __future__ import annotations

import gzip
import io
import math
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnkit.data.formats.format import Record, Row
from rnnkit.errors import RnnkitError
from tests.data.tables import made, read

ROWS = [{"text": "où, est\nla «mer»?", "label": "0"}, {"text": 'so "good" 😀', "label": "1"}]
AS = {
    "csv": 'text,label\n"où, est\nla «mer»?",0\n"so ""good"" 😀",1\n',
    "tsv": 'text\tlabel\n"où, est\nla «mer»?"\t"0"\n"so ""good"" 😀"\t"1"\n',
    "jsonl": (
        '{"text": "où, est\\nla «mer»?", "label": "0"}\n{"text": "so \\"good\\" 😀", "label":'
        ' "1"}\n'
    ),
}


def records(*arguments: Any, **options: Any) -> list[Record]:
    return [row.values for row in read(*arguments, **options)]


def refused(content: str | bytes, kind: str = "csv", name: str = "", **options: Any) -> str:
    with pytest.raises(RnnkitError) as caught:
        read(content, kind, name, **options)
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert "\n" not in message
    return message


# However it was saved.


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "UTF_8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-32", "utf-32"),
        ("gb18030", "gb18030"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_text_format_reads_the_same_rows_in_any_encoding(
    kind: str, encoding: str, named: str, zipped: bool
) -> None:
    content = AS[kind].encode(encoding)
    name = f"in.{kind}.GZ" if zipped else f"in.{kind}"
    assert (
        records(gzip.compress(content) if zipped else content, kind, name, encoding=named) == ROWS
    )


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False], ids=["ended", "not ended"])
def test_text_format_reads_any_line_ends(kind: str, end: str, last: bool) -> None:
    lines = {
        "csv": ["text,label", "a,0", '"b c",1', "d,0"],
        "tsv": ["text\tlabel", "a\t0", "b c\t1", "d\t0"],
        "jsonl": [
            '{"text": "a", "label": "0"}',
            '{"text": "b c", "label": "1"}',
            '{"text": "d", "label": "0"}',
        ],
    }[kind]
    assert records(end.join(lines) + end * last, kind) == [
        {"text": text, "label": label} for text, label in (("a", "0"), ("b c", "1"), ("d", "0"))
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_txt_reads_plain_lines(encoding: str) -> None:
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    assert read(
        "\ufeff, é\n\n b \r\nc".replace("\ufeff", "").encode(encoding), "txt", encoding=name
    ) == [
        Row(1, {"text": ", é"}),
        Row(2, {"text": ""}),
        Row(3, {"text": " b "}),
        Row(4, {"text": "c"}),
    ]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "txt"])
def test_text_format_drops_a_byte_order_mark(kind: str) -> None:
    content = {
        "csv": '\ufeff"te,xt",b\nx,y\n',
        "jsonl": '\ufeff{"te,xt": "x", "b": "y"}\n',
        "txt": "\ufeffx\n",
    }[kind]
    for encoding in ("utf-8", "utf-16-le"):
        assert records(content.encode(encoding), kind, encoding=encoding) == [
            {"text": "x"} if kind == "txt" else {"te,xt": "x", "b": "y"}
        ]


def test_csv_reads_latin_1_by_its_name() -> None:
    assert records("text,label\nété,1\n".encode("latin-1"), encoding="latin-1") == [
        {"text": "été", "label": "1"}
    ]


# Cells and rows.


@pytest.mark.parametrize(
    "cell",
    [
        "NA",
        "null",
        "None",
        "nan",
        "",
        " ",
        "  two  ",
        "007",
        "1e5",
        "0x1F",
        "TRUE",
        "#",
        "'",
        "\\",
        "\\n",
        "a;b",
    ],
)
def test_csv_keeps_a_cell_as_it_is(cell: str) -> None:
    assert records(f"text,label\n{cell},1\n") == [{"text": cell, "label": "1"}]


def test_delimited_format_reads_quotes() -> None:
    content = 'text,label\na "b" c,1\n"d ""e"", f",2\n"",3\n'
    assert [row["text"] for row in records(content)] == ['a "b" c', 'd "e", f', ""]
    plain = 'text\tlabel\n"a\t1\nsay "b"\t2\nc"\t3\n"d"\t"4"\n'
    assert [row["text"] for row in records(plain, "tsv")] == ['"a', 'say "b"', 'c"', '"d"']
    assert [row["label"] for row in records('text\tlabel\n"a\tb"\t1\n', "tsv", quotes=True)] == [
        "1"
    ]


def test_csv_numbers_rows_as_a_spreadsheet_does() -> None:
    rows = read('text,label\n"a\n\nb",1\nc,2\n\n"d\ne",3\n,\n')
    assert [(row.number, row.values["text"], row.values["label"]) for row in rows] == [
        (2, "a\n\nb", "1"),
        (3, "c", "2"),
        (4, "", ""),  # a blank row counts
        (5, "d\ne", "3"),
        (6, "", ""),
    ]


def test_json_lines_numbers_rows_by_line() -> None:
    assert [row.number for row in read('{"a": 1}\n\n  \n{"a": 2}\n{"a": 3}', "jsonl")] == [1, 4, 5]


def test_csv_without_header_numbers_columns() -> None:
    assert read("a,1\nb,2\nc,3\n", header=False) == [
        Row(number, {"0": text, "1": str(number)}) for number, text in enumerate("abc", start=1)
    ]


def test_csv_reads_names_of_columns() -> None:
    # pandas.DataFrame.to_csv leaves the name of the first column out; Excel leaves empty ones at
    # the end.
    assert records(", text ,label,\n0,a,1,\n") == [{"0": "0", "text": "a", "label": "1", "3": ""}]
    # A column may well be called as pandas would call a second "text".
    assert records("text,text.1\na,b\n") == [{"text": "a", "text.1": "b"}]
    message = refused("label,text,text\n1,a,b\n")
    assert "in.csv: row 1 names a column 'text' twice" in message
    assert "`header: false`" in message


def test_csv_pads_a_row_that_lacks_fields() -> None:
    assert read("text,label,id\na\nb,1\nc,2,3\n") == [
        Row(2, {"text": "a", "label": "", "id": ""}),
        Row(3, {"text": "b", "label": "1", "id": ""}),
        Row(4, {"text": "c", "label": "2", "id": "3"}),
    ]


def test_csv_reads_empty_fields_below_no_name_in_every_row() -> None:
    """As a spreadsheet writes them, of columns that were emptied."""
    assert records("text,label\na,1,,\nb,2,,\n") == records("text,label\na,1\nb,2\n")


@pytest.mark.parametrize(
    ("content", "header", "row", "has", "first"),
    [
        # pandas takes the first field for an index, and shifts the others
        ("text,label\na,b,c\n", True, 2, 3, 2),
        ("text,label\na,1,,x\nb,2,,\n", True, 2, 4, 2),
        ("text,label\na,1\nb,2,\n", True, 3, 3, 2),  # a comma of this row
        ("text,label\na,1\nb,2,3\n", True, 3, 3, 2),
        ('text,label\n"a\nb",1\nc,2\n\nd,3\ne,f,4\n', True, 6, 3, 2),
        ("a,1\nb,2\nc,3\nd, e,4\n", False, 4, 3, 2),
        ("text\nwell, no\n", True, 2, 2, 1),
    ],
)
def test_csv_names_a_row_of_too_many_fields(
    content: str, header: bool, row: int, has: int, first: int
) -> None:
    message = refused(content, header=header)
    assert f"in.csv: row {row} has {has} fields where the first has {first}. Correct" in message


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ('text,label\n"a,1\nb,2\n', 2),
        ('text,label\n"a\nb",1\nc,2\n\n"d,3\n', 5),
        ('"a,1\n', 1),
        ('text,label\na,1\nb,2\nc,3\nd,"', 5),
    ],
)
def test_csv_names_a_quote_that_is_never_closed(content: str, row: int) -> None:
    assert f"in.csv: a quote is opened in row {row} and never closed" in refused(content)


@pytest.mark.parametrize(
    ("content", "kind", "row"),
    [
        ("text,label\na,1\nb\0c,2\n", "csv", 3),
        ("text,label\na,1\nb,2\nc,3\n\0\0\0\0\n", "csv", 5),  # as a power cut leaves a file
        ("text,lab\0el\na,1\n", "csv", 1),
        ('{"a": 1}\n\n{"a": "\0"}\n', "jsonl", 3),
        ("a\nb\0\n", "txt", 2),
        ("text,label\na,1\n".encode("utf-16-le"), "csv", 1),
        ("a\nb\n".encode("utf-16-be"), "txt", 1),
    ],
)
def test_text_format_names_a_zero_byte(content: str | bytes, kind: str, row: int) -> None:
    message = refused(content, kind)
    assert f"in.{kind}: row {row} holds a zero byte. Expected UTF-8 text." in message
    assert ("`encoding: utf-16" in message) == isinstance(content, bytes)


@pytest.mark.parametrize("content", ["", "\n", "\n\n\n", "\ufeff", "\ntext,label\na,1\n"])
def test_csv_refuses_an_empty_file(content: str) -> None:
    assert "in.csv is empty, or its first row is" in refused(content)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("text,label\n", "csv"),
        ("text\tlabel", "tsv"),
        ("", "jsonl"),
        ("\n \n", "jsonl"),
        ("", "txt"),
    ],
)
def test_text_format_reads_a_file_without_rows(content: str, kind: str) -> None:
    assert read(content, kind) == []


# Bytes that are no text.


@pytest.mark.parametrize(
    ("content", "kind", "place"),
    [
        ("text,label\nété,1\n".encode("latin-1"), "csv", "in.csv:2: byte 1 of the line (0xe9)"),
        (b"text,label\na,1\nb,2\nc,3\nol\xe9,4\n", "csv", "in.csv:5: byte 3 of the line (0xe9)"),
        # mixed
        (
            "text,label\nété,1\n".encode() + "été,2\n".encode("cp1252"),
            "csv",
            "in.csv:3: byte 1 of the line (0xe9)",
        ),
        (b'text,label\n"a\nb\xff",1\n', "csv", "in.csv:3: byte 2 of the line (0xff)"),
        # the last character is cut off
        (b"text,label\na,1\n\xe2\x82", "csv", "in.csv:3: byte 1 of the line (0xe2)"),
        ("text,label\na,1\n".encode("utf-16"), "csv", "in.csv:1: byte 1 of the line (0xff)"),
        (b'{"a": 1}\n{"a": "\xe9"}\n', "jsonl", "in.jsonl:2: byte 8 of the line (0xe9)"),
        (b"a\nb\nc\xe9\n", "txt", "in.txt:3: byte 2 of the line (0xe9)"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_not_text_names_the_line_of_a_byte_that_is_not_utf8(
    content: bytes, kind: str, place: str, zipped: bool
) -> None:
    message = refused(
        gzip.compress(content) if zipped else content, kind, f"in.{kind}.gz" if zipped else ""
    )
    assert f"{place.replace(':', '.gz:', 1) if zipped else place} is not UTF-8" in message


@pytest.mark.parametrize("kind", ["csv", "txt"])
def test_not_text_names_the_line_in_a_named_encoding(kind: str) -> None:
    assert f"in.{kind}:2: byte 2 of the line (0xc3) is not ASCII" in refused(
        "text,label\naé,1\n", kind, encoding="ascii"
    )
    assert f"in.{kind}:3: " in refused(
        "text\nà\né\n".encode("utf-16") + b"\x00\xdc\x00\x00", kind, encoding="utf-16"
    )


@pytest.mark.parametrize("encoding", ["utf8000", "base64", "rot13", "undefined", "", "a\0b"])
@pytest.mark.parametrize("kind", ["csv", "jsonl", "txt"])
def test_text_format_names_an_unknown_encoding(kind: str, encoding: str) -> None:
    assert (
        refused("text\na\n", kind, encoding=encoding)
        == f"unknown encoding {encoding!r}. Expected a name such as utf-8, latin-1 or"
        " utf-16."
    )


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_text_format_names_a_damaged_gzip_file(kind: str) -> None:
    whole = gzip.compress(AS[kind].encode() * 3)
    for content in (b"no gzip file\n", whole[:-12], whole[:20] + b"\xff\xff\xff\xff" + whole[24:]):
        assert refused(content, kind, f"in.{kind}.gz").startswith(f"in.{kind}.gz")


def test_read_names_a_file_that_cannot_be_read() -> None:
    Path("folder.csv").mkdir()
    for name, why in (("folder.csv", "Is a directory"), ("none.csv", "No such file or directory")):
        with pytest.raises(RnnkitError, match=rf"{name} cannot be read \({why}\)"):
            list(made("csv").read(Path(name)))


@pytest.mark.parametrize(
    ("line", "got", "cure"),
    [
        ("[1, 2]", "an array", "Correct the line"),
        ('"text"', "a string", "Correct the line"),
        ("null", "null", "Correct the line"),
        ("NaN", "a number", "Correct the line"),
        ('{"a": 1', "not JSON (Expecting ',' delimiter: line 1 column 8 (char 7))", "Correct"),
        ('{"a": 1},', "not JSON (Extra data", "Remove the comma at its end"),
        ("{'a': 1}", "not JSON (Expecting property name", "ast.literal_eval"),
        ('{"a": 1} {"a": 2}', "not JSON (Extra data", "each object on a line of its own"),
        ("text,label", "not JSON", "Correct the line"),
        ("<!DOCTYPE html>", "not JSON", "a web page: fetch the file"),
        ("[" * 100_000, "not JSON", "Correct the line"),
        ('{"a": ' + "9" * 10_000 + "}", "not JSON", "Correct the line"),
    ],
    ids=lambda value: value[:20],
)
def test_json_lines_names_a_line_that_is_not_an_object(line: str, got: str, cure: str) -> None:
    message = refused('{"a": 1}\n' + line + "\n", "jsonl")
    assert f"in.jsonl: row 2: {got}" in message
    assert cure in message
    assert "Expected one object per line." in message


def test_json_lines_reads_nan() -> None:
    (record,) = records('{"a": NaN, "b": [1, {"c": null}]}\n', "jsonl")
    assert math.isnan(record["a"])
    assert record["b"] == [1, {"c": None}]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=80),
        st.text(st.sampled_from('a1é,\t"\n\r\0 {}:[]'), max_size=40).map(str.encode),
    ),
    kind=st.sampled_from(["csv", "tsv", "jsonl", "txt"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]),
    header=st.booleans(),
)
def test_text_format_reads_any_bytes_or_names_the_file(
    content: bytes, kind: str, encoding: str, header: bool
) -> None:
    try:
        rows = read(content, kind, encoding=encoding, header=header)
    except RnnkitError as error:
        assert f"in.{kind}" in str(error)
    else:
        assert [row.number for row in rows] == sorted({row.number for row in rows})


# Standard input.


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa\n\nb\r\n", b""])
def test_read_takes_standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    stream = io.TextIOWrapper(io.BytesIO(content))
    monkeypatch.setattr(sys, "stdin", stream)
    reader = made("txt").read(None)
    texts = [row.values["text"] for row in reader]
    assert texts == (["a", "", "b"] if content else [])
    assert reader.share == 0
    assert not stream.buffer.closed  # it is not ours


def test_not_text_names_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\n\xff\n")))
    with pytest.raises(RnnkitError, match=r"standard input is not UTF-8"):
        list(made("txt").read(None))


def test_share_is_that_of_the_file_while_it_is_read() -> None:
    path = Path("in.csv")
    path.write_text("text,label\n" + f"{'a' * 1000},1\n" * 9000, encoding="utf-8")
    reader = made("csv").read(path)
    assert reader.share == 0
    next(reader)
    assert 0 < reader.share < 1
    assert next(reader)
    reader.close()
    assert reader.share == 0


# Writing.


def written(kind: str, *chunks: list[Record]) -> str:
    path = Path(f"out.{kind}")
    with made(kind).writer(path) as writer:
        for chunk in chunks:
            writer.write(chunk)
    assert not list(Path().glob(".out*"))
    return path.read_bytes().decode("utf-8")


def test_writer_writes_a_table() -> None:
    first: list[Record] = [{"text": 'a, "b"', "n": 0.5, "x": None}]
    second: list[Record] = [{"text": "c\td", "n": 1, "x": "é"}, {"x": "", "text": "e\n"}]
    assert written("csv", first, second) == 'text,n,x\n"a, ""b""",0.5,\n"c\td",1,é\n"e\n",,\n'
    assert (
        written("tsv", first, second)
        == 'text\tn\tx\na, "b"\t0.5\t\n"c\td"\t"1"\t"é"\n"e\n"\t""\t""\n'
    )
    assert written("jsonl", first, second).splitlines() == [
        '{"text": "a, \\"b\\"", "n": 0.5, "x": null}',
        '{"text": "c\\td", "n": 1, "x": "é"}',
        '{"x": "", "text": "e\\n"}',
    ]
    assert written("csv", [], first[:0]) == ""


CELLS = st.text(
    st.one_of(
        st.sampled_from('""",;|\t\r\n\\ \'é😀\ufeff\u2028\x0b\x1c\x85'),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=8,
)


@settings(
    max_examples=2 * settings().max_examples,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from(["csv", "tsv", "jsonl", "parquet", "arrow"]),
    columns=st.sampled_from([("text",), ("text", "label")]),
    options=st.fixed_dictionaries(
        {},
        optional={
            "separator": st.sampled_from([",", ";", "|", "tab", "whitespace"]),
            "quotes": st.booleans(),
            "encoding": st.sampled_from(["utf-8-sig", "utf-16", "utf-16-le"]),
        },
    ),
    data=st.data(),
)
def test_writer_writes_what_is_read_back(
    kind: str, columns: tuple[str, ...], options: dict[str, Any], data: st.DataObject
) -> None:
    pytest.importorskip("pyarrow")
    rows = data.draw(st.lists(st.tuples(*[CELLS] * len(columns)), min_size=1, max_size=5))
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    path = Path(f"out.{kind}")
    with made(kind, **options).writer(path) as writer:
        writer.write(found[:1])
        writer.write(found[1:])
    assert [row.values for row in made(kind, **options).read(path)] == found


def test_writer_escapes_half_a_surrogate_pair() -> None:
    (record,) = records('{"text": "a\\ud800b"}\n', "jsonl")
    assert written("jsonl", [record]) == '{"text": "a\\ud800b"}\n'
    assert written("csv", [record]) == "text\na\\ud800b\n"


@pytest.mark.parametrize("before", [None, "what was there before"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_writer_leaves_nothing_of_an_unfinished_table(
    before: str | None, error: type[BaseException]
) -> None:
    path = Path("out.csv")
    if before:
        path.write_text(before, encoding="utf-8")
    with pytest.raises(error), made("csv").writer(path) as writer:
        writer.write([{"a": 1}] * 10_000)
        # not even while it is written
        assert (path.read_text(encoding="utf-8") if path.exists() else None) == before
        raise error
    assert [
        (file.name, file.read_text(encoding="utf-8")) for file in Path().iterdir() if file.is_file()
    ] == ([(path.name, before)] if before else [])


def test_writer_leaves_nothing_on_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(OSError, match="No space left"),
        made("csv").writer(Path("out.csv")) as writer,
    ):
        writer.write([{"a": 1}])
    assert [file for file in Path().iterdir() if file.is_file()] == []


@pytest.mark.parametrize("name", ["none/out.csv", "file/out.csv"])
def test_writer_names_a_place_that_cannot_be_written(name: str) -> None:
    Path("file").touch()
    with (
        pytest.raises(
            RnnkitError,
            match=rf"{name}: cannot be written .* folder",
        ),
        made("csv").writer(Path(name)),
    ):
        pass


def test_writer_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("csv", "jsonl"):
        with made(kind).writer(None) as writer:
            writer.write([{"a": "é", "b": "\ud800"}])
    assert capsys.readouterr().out == 'a,b\né,\\ud800\n{"a": "é", "b": "\\ud800"}\n'
