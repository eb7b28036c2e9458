"""Sentences in columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.data.formats.conll import Conll
from rnnkit.data.formats.conllu import ConllU
from rnnkit.data.formats.format import Record, Row
from rnnkit.data.formats.tagged_csv import TaggedCsv
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


@pytest.mark.parametrize("mark", ["# id 7", "# sent7", "# newdoc id=7"])
@pytest.mark.parametrize("separator", ["\t", " "])
def test_conll_keeps_comments_above_a_sentence(mark: str, separator: str) -> None:
    text = f"{mark}\nEU B-ORG\n# B-ORG\n\n{mark}\n# O\na O\n".replace(" B", f"{separator}B")
    text = text.replace(" O", f"{separator}O")
    found = rows(text)
    assert [row.values["comments"] for row in found] == [[mark[2:]]] * 2
    assert [row.values["tokens"] for row in found] == [["EU", "#"], ["#", "a"]]
    assert [row.number for row in found] == [2, 6]


def test_conll_tells_comments_of_as_many_columns_by_their_tag() -> None:
    text = "# id 1 domain=en\n# _ _ O\nTom _ _ B-PER\n\n# id 2 domain=en\nhe _ _ O\n"
    assert [row.values["tokens"] for row in rows(text)] == [["#", "Tom"], ["he"]]
    assert [row.values["tokens"] for row in rows(text, tag=None)] == [["#", "Tom"], ["he"]]
    assert rows(text, comments=False)[0].values["tags"] == ["domain=en", "O", "B-PER"]
    assert rows(text, comments=True)[0].values["tokens"] == ["Tom"]
    assert rows("#begin document (a); part 0\na O\n\n#end document\n") == [
        sentence(2, ["a"], ["O"])
    ]


def test_conll_names_the_key_of_a_line_that_may_be_a_comment() -> None:
    with pytest.raises(RnnkitError, match=r"s.txt:2.*If line 1 is a comment: `comments: true`"):
        rows("#s1\na\tO\n", tag=None)
    assert rows("a|b\n", tag=None) == [sentence(1, ["a|b"])]
    for text, place in (("#s1\na\tO\n", "s.txt:1"), ("a\tO\n\n#s2\nb\tO\n", "s.txt:3")):
        with pytest.raises(RnnkitError, match=f"{place}.*`comments: true`"):
            rows(text)
        assert [row.values["tags"] for row in rows(text, comments=True)][-1] == ["O"]


def test_conll_keeps_a_no_break_space_in_its_token() -> None:
    assert rows("a O\nMouse\u00a0Jr \t I-PER\n") == [
        sentence(1, ["a", "Mouse\u00a0Jr"], ["O", "I-PER"])
    ]


@pytest.mark.parametrize(
    ("name", "text", "dataset"),
    [
        ("k.csv", "Sentence #,Word,POS,Tag\nS: 1,EU,NNP,B-ORG\n,won,V,O\n", "tagged_csv"),
        ("p.txt", "EU|B-ORG won|O\n", "tagged_lines"),
    ],
)
def test_conll_names_the_data_set_of_another_kind(name: str, text: str, dataset: str) -> None:
    with pytest.raises(RnnkitError, match=rf"{name}:1.*dataset: {{{dataset}: {{path: {name}}}}}"):
        read(text, "conll", name)
    values = read(text, dataset, name)[0].values
    assert (values["tokens"], values["tags"]) == (["EU", "won"], ["B-ORG", "O"])


@pytest.mark.parametrize("mark", "/_")
def test_conll_names_the_mark_that_joins_words_and_tags(mark: str) -> None:
    text = f"EU{mark}B-ORG won{mark}O .{mark}O\n"
    with pytest.raises(RnnkitError, match=rf"tagged_lines: {{path: p.txt, separator: {mark}}}"):
        read(text, "conll", "p.txt")
    assert read(text, "tagged_lines", separator=mark)[0].values["tokens"] == ["EU", "won", "."]
    assert rows(f"a{mark}b O{mark}X\n") == [sentence(1, [f"a{mark}b"], [f"O{mark}X"])]


def test_tagged_csv_reads_sentences_by_name_and_by_blank_rows() -> None:
    named = 'Sentence #,Word,Tag\n1,a,X\n1,",",Y\n2,,\n3,"""",Z\n'
    assert [row.values for row in read(named, "tagged_csv")] == [
        {"Sentence #": "1", "tokens": ["a", ","], "tags": ["X", "Y"]},
        {"Sentence #": "2", "tokens": [], "tags": []},
        {"Sentence #": "3", "tokens": ['"'], "tags": ["Z"]},
    ]
    blank = "token;ner\na;X\nb;Y\n\nc;X\n"
    options = {"sentence": None, "word": "token", "tag": "ner", "separator": ";"}
    assert [row.number for row in read(blank, "tagged_csv", **options)] == [2, 5]
    with pytest.raises(RnnkitError, match=r"no column 'Sentence #'.*`sentence`"):
        read(blank, "tagged_csv", separator=";")
    with pytest.raises(RnnkitError, match=r"no column 'Sentence #'.*`separator: ';'`"):
        read(blank, "tagged_csv")
    with pytest.raises(RnnkitError, match=r"row 2: ''.*token"):
        read("Sentence #,Word,Tag\n1,,X\n", "tagged_csv")


def test_tagged_lines_reads_the_columns_of_each_word() -> None:
    assert read("1/2/CD of/IN\n\nit/PRP\n", "tagged_lines", separator="/") == [
        sentence(1, ["1/2", "of"], ["CD", "IN"]),
        sentence(3, ["it"], ["PRP"]),
    ]
    assert read("I|PRP|O\n", "tagged_lines", columns=3) == [sentence(1, ["I"], ["O"])]
    for text in ("a|X b\n", "|X\n", "a|\n"):
        with pytest.raises(RnnkitError, match=r"s.txt:1: .*1 column"):
            read(text, "tagged_lines", "s.txt")


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


@pytest.mark.parametrize("kind", ["conll", "conllu", "tagged_csv"])
def test_writer_writes_what_is_read_back(kind: str) -> None:
    with made(kind).writer(Path("o")) as writer:
        writer.write(SENTENCES)
    read_back = [row.values for row in made(kind).read(Path("o"))]
    assert [{key: row[key] for key in ("tokens", "tags")} for row in read_back] == SENTENCES
    if kind == "conll":
        assert Path("o").read_text(encoding="utf-8") == "New York\tB-LOC\nis\tO\n\n.\tO\n\n"


def test_tagged_lines_says_that_each_word_has_more_columns(
    caplog: pytest.LogCaptureFixture,
) -> None:
    read("EU|NNP|O\n", "tagged_lines", columns=3)
    assert not caplog.messages
    read("EU|NNP|O of|IN|O\nit|O\n", "tagged_lines")
    (line,) = caplog.messages
    assert "`columns: 3`" in line


def test_tagged_csv_writes_what_else_a_record_holds(tmp_path: Path) -> None:
    named = [
        {"id": "a", "tokens": ["EU", "won"], "tags": ["X", "O"]},
        {"id": "b", "tokens": [], "tags": []},
    ]
    with TaggedCsv().writer(tmp_path / "t.csv") as writer:
        writer.write(named)
    back = TaggedCsv(columns=["id"]).read(tmp_path / "t.csv")
    assert [row.values["id"] for row in back] == ["a", "b"]


def test_tagged_csv_keeps_the_columns_of_its_tokens() -> None:
    text = "Sentence #,Word,POS,Tag,doc\n1,a,N,X,k\n,b,V,Y,k\n2,c,N,X,m\n"
    Path("s.csv").write_text(text, encoding="utf-8")
    kind = made("tagged_csv").without_answers()
    records = [row.values for row in kind.read(Path("s.csv"))]
    first = {"Sentence #": "1", "POS": ["N", "V"], "doc": ["k", "k"], "tokens": ["a", "b"]}
    assert records[0] == first
    answered = [record | {"tags": ["Z"] * len(record["tokens"])} for record in records]
    with made("tagged_csv").writer(Path("o.csv")) as writer:
        writer.write(answered)
    assert Path("o.csv").read_text(encoding="utf-8").splitlines() == [
        *("Sentence #,Word,Tag,POS,doc", "1,a,Z,N,k", ",b,Z,V,k", "2,c,Z,N,m")
    ]
    with made("conll").writer(Path("o.conll")) as writer:
        writer.write(answered[:1])
    assert "# POS = N V\n" in Path("o.conll").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("a X\n\n-DOCSTART- X\n\nb X\n\nc X\n\n-DOCSTART- X\nd X\n", [None, "1", "1", "2"]),
        (
            "#begin document (bc/01); part 000\na X\n\n#end document\n#begin document (bc/01); part"
            " 001\nb X\n",
            ["bc/01", "bc/01"],
        ),
        ("# newdoc id = x 1\n# text = a\na X\n\nb X\n\n# newdoc\nc X\n", ["x 1", "x 1", "2"]),
    ],
)
def test_conll_names_the_document_of_a_sentence(text: str, documents: list[str | None]) -> None:
    assert [row.values["document"] for row in rows(text, document=True)] == documents
