"""Sentences in columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.data.formats.conll import Conll
from rnnkit.data.formats.conllu import ConllU
from rnnkit.data.formats.format import Record, Row
from rnnkit.errors import RnnkitError
from tests.data.tables import made, read

TAB_BLANKS = "\t_" * 8  # the columns after a word that says nothing of it

CONLL = """-DOCSTART- -X- O O

EU NNP I-NP I-ORG
rejects VBZ I-VP O

\u0020
. . O O
-DOCSTART- -X- O O
Peter NNP I-NP I-PER
"""


def rows(text: str, **options: Any) -> list[Row]:
    return read(text, "conll", "s.txt", **options)


def sentence(number: int, tokens: list[str], tags: list[str] | None = None) -> Row:
    return Row(number, {"tokens": tokens} | ({"tags": tags} if tags else {}))


def test_conll_reads_conll_2003() -> None:
    assert rows(CONLL) == [
        sentence(3, ["EU", "rejects"], ["I-ORG", "O"]),
        sentence(7, [".", "Peter"], ["O", "I-PER"]),
    ]
    assert rows(CONLL, tag=1) == [
        sentence(3, ["EU", "rejects"], ["NNP", "VBZ"]),
        sentence(7, [".", "Peter"], [".", "NNP"]),
    ]


def test_conll_separates_by_tabs_where_the_first_line_has_one() -> None:
    assert rows("New York\tLOC\nis\tO\n\n\nbig\tO") == [
        sentence(1, ["New York", "is"], ["LOC", "O"]),
        sentence(5, ["big"], ["O"]),
    ]


def test_conll_reads_columns_without_tags() -> None:
    assert rows("a\nb\n\nc\n", tag=None) == [sentence(1, ["a", "b"]), sentence(4, ["c"])]
    assert rows("\n\n") == rows("-DOCSTART- O\n\n") == []


def test_without_answers_needs_no_tags() -> None:
    for kind, text in (
        (Conll(), "a\n\nb\n"),
        (ConllU(), f"1\ta{TAB_BLANKS}\n\n1\tb{TAB_BLANKS}\n"),
    ):
        Path("s.txt").write_text(text, encoding="utf-8")
        found = list(kind.without_answers().read(Path("s.txt")))
        assert [row.values for row in found] == [{"tokens": ["a"]}, {"tokens": ["b"]}]
        assert type(kind.without_answers()) is type(kind)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a X\nb\n", r"s.txt:2: 1 column, but line 1 has 2"),
        ("a X\nb Y Z\n", r"s.txt:2: 3 columns, but line 1 has 2"),
        ("a\nb\n", r"s.txt:1: 1 column.*the same"),
        ("a\tX\n\tY\n", r"s.txt:2: ''.*token"),
        ("a\tX\nb\t\n", r"s.txt:2: ''.*tag"),
        ("a\tX\nb\tY Z\n", r"s.txt:2: 'Y Z'.*tag"),
        ("a X\nb\0 Y\n", r"s.txt: row 2 .*zero byte"),
    ],
)
def test_conll_names_what_is_wrong_with_columns(text: str, message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        rows(text)


def test_conll_names_missing_columns() -> None:
    for word, tag in ((0, 2), (5, -1), (0, -3)):
        with pytest.raises(RnnkitError, match=r"s.txt:1: 2 columns.*column -?\d.*from 0 to 1"):
            rows("a X\n", word=word, tag=tag)


SENTENCES: list[Record] = [
    {"tokens": ["New York", "is"], "tags": ["B-LOC", "O"]},
    {"tokens": ["."], "tags": ["O"]},
]


@pytest.mark.parametrize("kind", ["conll", "conllu"])
def test_writer_writes_what_is_read_back(kind: str) -> None:
    with made(kind).writer(Path("o")) as writer:
        writer.write(SENTENCES)
    assert [row.values for row in made(kind).read(Path("o"))] == SENTENCES
    if kind == "conll":
        assert Path("o").read_text(encoding="utf-8") == "New York\tB-LOC\nis\tO\n\n.\tO\n\n"
