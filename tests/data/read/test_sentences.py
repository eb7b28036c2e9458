"""Sentences out of files: columns, CoNLL-U and JSON lines, and what is wrong with them, by file and
line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.data.read.sentences import (
    ColumnWriter,
    Sentence,
    conll,
    conllu,
    cut,
    json_lines,
    read_examples,
)
from rnnkit.data.read.tables import TableReader
from rnnkit.errors import RnnkitError


def reader(text: str, kind: Any = "txt") -> TableReader:
    Path("s.txt").write_text(text, encoding="utf-8")
    return TableReader(Path("s.txt"), kind)


CONLL = """-DOCSTART- -X- O O

EU NNP I-NP I-ORG
rejects VBZ I-VP O

\u0020
. . O O
-DOCSTART- -X- O O
Peter NNP I-NP I-PER
"""


def test_conll_2003() -> None:
    assert list(conll(reader(CONLL), 0, -1)) == [
        Sentence(("EU", "rejects"), ("I-ORG", "O"), (3, 4)),
        Sentence((".", "Peter"), ("O", "I-PER"), (7, 9)),
    ]
    assert [sentence.tags for sentence in conll(reader(CONLL), 0, 1)] == [
        ("NNP", "VBZ"),
        (".", "NNP"),
    ]


def test_tabs_separate_where_the_first_line_has_one() -> None:
    assert list(conll(reader("New York\tLOC\nis\tO\n\n\nbig\tO"), 0, 1)) == [
        Sentence(("New York", "is"), ("LOC", "O"), (1, 2)),
        Sentence(("big",), ("O",), (5,)),
    ]


def test_columns_without_tags() -> None:
    assert list(conll(reader("a\nb\n\nc\n"), 0, None)) == [
        Sentence(("a", "b"), ("", ""), (1, 2)),
        Sentence(("c",), ("",), (4,)),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a X\nb\n", r"s.txt:2: 1 column, but line 1 has 2\. Expected 2 in each line"),
        ("a X\nb Y Z\n", r"s.txt:2: 3 columns, but line 1 has 2"),
        ("a\nb\n", r"s.txt:1: 1 column; the token and the tag would be the same"),
        ("\n\n", r"s.txt has no sentence"),
        ("", r"s.txt has no sentence"),
        ("-DOCSTART- O\n\n", r"s.txt has no sentence"),
        ("a\tX\n\tY\n", r"s.txt:2: '' is no token"),
        ("a\tX\nb\t\n", r"s.txt:2: '' is no tag"),
        ("a\tX\nb\tY Z\n", r"s.txt:2: 'Y Z' is no tag"),
        ("a X\nb\0 Y\n", r"row 2 holds a zero byte"),
    ],
)
def test_what_is_wrong_with_columns(text: str, message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        file = reader(text)
        read_examples(conll(file, 0, -1), file)


def test_columns_that_are_not_there() -> None:
    for word, tag in ((0, 2), (5, -1), (0, -3)):
        with pytest.raises(
            RnnkitError,
            match=r"s.txt:1: 2 columns, but the config asks for column -?\d.*from 0 to 1",
        ):
            list(conll(reader("a X\n"), word, tag))


def line(number: object, form: str, upos: str = "X", xpos: str = "Y") -> str:
    return "\t".join([str(number), form, "_", upos, xpos, *"_____"])


def test_conllu() -> None:
    text = "\n".join(
        [
            "# sent_id = 1",
            line("1-2", "don't", "_"),
            line(1, "do", "AUX"),
            line(2, "n't", "PART"),
            line("2.1", "go", "VERB"),
            "",
            line(1, "1 000", "NUM", "CD"),
            "",
        ]
    )
    assert list(conllu(reader(text), 3)) == [
        Sentence(("do", "n't"), ("AUX", "PART"), (3, 4)),
        Sentence(("1 000",), ("NUM",), (7,)),
    ]
    assert [sentence.tags for sentence in conllu(reader(text), 4)] == [("Y", "Y"), ("CD",)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\ta\tX\n", r"s.txt:1: 3 columns\. Expected 10, separated by tabs"),
        (line(1, "a") + "\n" + line(3, "b"), r"s.txt:2: word '3' after 1\. Expected 2"),
        (line("one", "a"), r"s.txt:1: word 'one' after 0"),
        (line(1, "a") + "\n" + line(1, "b"), r"s.txt:2: word '1' after 1.*blank line missing"),
        (line(1, "a", "_"), r"s.txt:1: the word 'a' has no tag.*`column`"),
        ("# only a comment\n", r"s.txt has no sentence"),
    ],
)
def test_what_is_wrong_with_conllu(text: str, message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        file = reader(text)
        read_examples(conllu(file, 3), file)


def test_json_lines() -> None:
    text = (
        '{"tokens": ["a", "b"], "tags": ["X", "Y"], "id": 7}\n\n{"tokens": [], "tags":'
        ' []}\n{"tokens": ["c"], "tags": ["X"]}\n'
    )
    assert list(json_lines(reader(text, "jsonl"), "tokens", "tags")) == [
        Sentence(("a", "b"), ("X", "Y"), (1, 1)),
        Sentence(("c",), ("X",), (4,)),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"tokens": ["a", "b"], "tags": ["X"]}', "row 1: 2 tokens, but 1 tags"),
        ('{"tokens": ["a"]}', "row 1: no 'tags'"),
        ('{"tokens": "a", "tags": ["X"]}', "row 1: 'tokens' is a str"),
        ('{"tokens": [1], "tags": ["X"]}', "s.txt:1: 1 is no token"),
        ('{"tokens": [" "], "tags": ["X"]}', "is no token"),
        ('{"tokens": ["a\\tb"], "tags": ["X"]}', "is no token"),
        ('{"tokens": ["a"], "tags": [null]}', "None is no tag"),
        ('["a"]', "row 1: a list"),
        ("{", "row 1: no JSON"),
    ],
)
def test_what_is_wrong_with_json_lines(text: str, message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        list(json_lines(reader(text, "jsonl"), "tokens", "tags"))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Angela Merkel visited Paris", "Angela Merkel visited Paris"),
        ("Angela Merkel's aunt, 45, didn't go.", "Angela Merkel 's aunt , 45 , did n't go ."),
        ("He can't; I’ll see (now)!!", "He ca n't ; I ’ll see ( now ) !!"),
        (
            "The U.S. all-rounder paid $3.14, i.e. 1,000%...",
            "The U.S. all-rounder paid $ 3.14 , i.e. 1,000 % ...",
        ),
        ("a@b.org and/or x_y -- 'quoted'", "a@b.org and/or x_y -- ' quoted '"),
        ("Ünïcode\tÉtat d’été 東京。", "Ünïcode État d’été 東京 。"),
        ("  \n", ""),
    ],
)
def test_a_plain_text_is_cut(text: str, tokens: str) -> None:
    assert cut(text) == tokens.split()
    assert cut(tokens) == tokens.split()  # what is cut already stays as it is


def test_columns_are_written(tmp_path: Path) -> None:
    with ColumnWriter(tmp_path / "o.conll", "tsv") as writer:
        writer.write(
            [
                {"tokens": ["New York", "is"], "tags": ["B-LOC", "O"]},
                {"tokens": ["."], "tags": ["O"]},
            ]
        )
    assert (tmp_path / "o.conll").read_text(
        encoding="utf-8"
    ) == "New York\tB-LOC\nis\tO\n\n.\tO\n\n"
