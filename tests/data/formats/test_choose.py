"""Which format a file is in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, ClassVar

import pytest

from rnnkit.data.formats.choose import TABLES, format_of
from rnnkit.data.formats.conll import Conll
from rnnkit.data.formats.csv import Csv
from rnnkit.data.formats.format import Format, Row
from rnnkit.data.formats.jsonl import JsonLines
from rnnkit.data.formats.parquet import Parquet
from rnnkit.data.formats.tsv import Tsv
from rnnkit.errors import RnnkitError


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", Csv),
        ("A.CSV", Csv),
        ("a.tsv.gz", Tsv),
        ("a.JSONL.GZ", JsonLines),
        ("a.ndjson", JsonLines),
        ("v1.2/a.b.csv", Csv),
        ("a.parquet", Parquet),
    ],
)
def test_format_of_goes_by_the_suffix(name: str, kind: type[Format]) -> None:
    assert type(format_of(Path(name), TABLES)) is kind


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.xlsx", ".xlsx"),
        ("a", ""),
        ("a.gz", ""),
        ("csv", ""),
        ("a.csv.zip", ".zip"),
        (".csv", ""),
        ("a.txt", ".txt"),
        ("a.parquet.gz", ".parquet"),
    ],
)
def test_format_of_names_an_unknown_suffix(name: str, suffix: str) -> None:
    with pytest.raises(RnnkitError, match=rf"{name}: .*'{suffix}'.*\.csv, \.tsv, \.jsonl"):
        format_of(Path(name), TABLES)


def test_format_of_uses_own_options_for_their_kind_alone() -> None:
    own = Csv(separator=";")
    assert format_of(Path("a.csv"), TABLES, own=own) is own
    assert format_of(Path("a.tsv"), TABLES, own=own) == Tsv()


def test_format_of_falls_back_to_otherwise() -> None:
    own = Conll(word=1, tag=None)
    names = ("jsonl", "conll")
    for name in ("eng.testa", "a.tsv", "a.conll", "noun"):
        assert format_of(Path(name), names, own=own, otherwise="conll") is own
    for name in ("a.csv", "a.npz"):  # another format's
        with pytest.raises(RnnkitError, match=name):
            format_of(Path(name), names, own=own, otherwise="conll")


class Stars(Format):
    """A format of the user's own: fields between stars."""

    suffixes: ClassVar[tuple[str, ...]] = (".stars",)

    def rows(self, file: IO[bytes], source: str) -> Iterator[Row]:
        for number, line in enumerate(file, start=1):
            yield Row(number, {"text": line.decode().strip("*\n")})


def test_format_of_knows_a_format_of_the_user() -> None:
    Path("sky.stars").write_text("*a*\n*b*\n")
    kind = format_of(Path("sky.stars"), TABLES)
    assert [row.values["text"] for row in kind.read(Path("sky.stars"))] == ["a", "b"]
    with pytest.raises(RnnkitError, match="read only"), kind.writer(Path("out.stars")):
        pass


def test_format_of_holds_a_format_to_its_contract_where_it_reads() -> None:
    """One without `rows`, here of another kind of file, is not in the way of a table."""

    class Unwritten(Format):
        suffixes = (".unwritten",)

    assert isinstance(format_of(Path("a.csv"), TABLES), Csv)
    with pytest.raises(RnnkitError, match=r"--code.*Unwritten.*rows"):
        format_of(Path("a.unwritten"), TABLES)
    Unwritten.__qualname__ = "Unwritten"  # as if it were of the module, which has it no more
    with pytest.raises(RnnkitError, match="unknown kind"):
        format_of(Path("a.unwritten"), TABLES)
