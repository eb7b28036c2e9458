"""Hints at encodings: applied, they give the text back."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit.data.formats.encodings import likely_encoding
from rnnkit.data.read.files import read_text
from rnnkit.data.read.labelled import Columns, read_labelled
from rnnkit.errors import RnnkitError
from tests.data.tables import cures, made, read


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        ("le café était fermé", "latin-1", "latin-1"),
        ("größe", "latin-1", "latin-1"),
        ("the film\u2019s end \u2013 a \u201cgood\u201d one", "cp1252", "cp1252"),
        ("5 \u20ac d\u00e9j\u00e0", "cp1252", "cp1252"),
        ("źdźbło żółć ąę", "cp1250", "cp1250"),
        ("miało być ładnie", "iso8859-2", "cp1250"),
        ("było źle", "cp1250", "cp1250"),
        ("kwiaty są słodkie", "iso8859-2", "iso8859-2"),
        ("¿Qué? 5 m³ y 2°", "latin-1", "latin-1"),
        ("the film", "utf-16", "utf-16"),
        ("\ufeffthe film", "utf-16-be", "utf-16"),
        ("the film", "utf-16-le", "utf-16-le"),
        ("the film", "utf-16-be", "utf-16-be"),
        ("the film", "utf-32", "utf-32"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "txt"])
def test_encoding_hint_names_one_that_gives_the_text(
    text: str, encoding: str, named: str, kind: str
) -> None:
    content = f"{text},1\nb,2\n".encode(encoding)
    with pytest.raises(RnnkitError, match=f"in.{kind}") as caught:
        read(content, kind, header=False)
    assert cures(str(caught.value)) == {"encoding": named}
    (first, _) = read(content, kind, header=False, encoding=named)
    assert next(iter(first.values.values())).removesuffix(",1") == text.removeprefix("\ufeff")
    with pytest.raises(RnnkitError) as caught:
        read_text(Path(f"in.{kind}"), "utf-8")
    found = cures(str(caught.value))["encoding"]
    assert read_text(Path(f"in.{kind}"), found).startswith(text.removeprefix("\ufeff"))


def test_encoding_hint_names_no_key_where_there_is_none() -> None:
    Path("in.txt").write_bytes("café".encode("latin-1"))
    with pytest.raises(RnnkitError, match="latin-1") as caught:
        read_text(Path("in.txt"))
    assert not cures(str(caught.value))


def test_encoding_hint_of_a_damaged_line_does_not_spoil_the_others() -> None:
    content = "été\n".encode() * 3 + "été\n".encode("cp1252")
    with pytest.raises(RnnkitError, match=r"in.txt:4.*Correct"):
        read(content, "txt")


def test_likely_encoding_of_another_script_is_not_named() -> None:
    letters = "բոլոր մարդիկ\n"  # ARMSCII-8, of which Python knows nothing
    armenian = bytes(2 * ord(x) - 0xA0F if x.isalpha() else ord(x) for x in letters)
    assert likely_encoding(armenian, armenian) is None
    with pytest.raises(RnnkitError, match="cp1251"):
        read(armenian, "txt")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"PK\x03\x04\0\0", "spreadsheet"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"PAR1\x15\0", "Parquet"),
        (b"BZh91AY&SY\xd9", "bzip2"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"\0" * 64, "all zero"),
        (bytes(range(256)), "does not look like text"),
        ("text,label\n很好的文字,a\n".encode("utf-16-le"), "utf-16-le"),
        ("text,label\n很好的文字,a\n".encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_encoding_hint_says_what_a_file_without_text_is(content: bytes, word: str) -> None:
    with pytest.raises(RnnkitError) as caught:
        read(content * 9, "csv")
    assert word in caught.value.hint


@pytest.mark.parametrize(
    "content", ["<!DOCTYPE html>\n<p>Not found\n", "\ufeff <html>\n", "<?xml?>\n"]
)
def test_a_page_in_place_of_a_table_is_named(content: str) -> None:
    Path("in.csv").write_text(content, encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"It is (a web page|XML)"):
        read_labelled(made("csv").read(Path("in.csv")), Columns("text", "label"))
