"""Treebanks in CoNLL-U."""

from __future__ import annotations

import pytest

from rnnkit.data.formats.format import Row
from rnnkit.errors import RnnkitError
from tests.data.tables import read


def line(number: object, form: str, upos: str = "X", xpos: str = "Y") -> str:
    return "\t".join([str(number), form, "_", upos, xpos, *"_____"])


def test_conll_u_reads_words_and_tags() -> None:
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
    assert read(text, "conllu") == [
        Row(3, {"comments": ["sent_id = 1"], "tokens": ["do", "n't"], "tags": ["AUX", "PART"]}),
        Row(7, {"tokens": ["1 000"], "tags": ["NUM"]}),
    ]
    assert [row.values["tags"] for row in read(text, "conllu", column="xpos")] == [
        ["Y", "Y"],
        ["CD"],
    ]
    assert "tags" not in read(text, "conllu", column=None)[0].values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\ta\tX\n", r"s.txt:1: 3 columns.*10"),
        (line(1, "a") + "\n" + line(3, "b"), r"s.txt:2: word '3' after 1"),
        (line("one", "a"), r"s.txt:1: word 'one' after 0"),
        (line(1, "a") + "\n" + line(1, "b"), r"s.txt:2: word '1' after 1.*blank line"),
        (line(1, "a", "_"), r"s.txt:1: the word 'a' has no tag.*`column`"),
    ],
)
def test_conll_u_names_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        read(text, "conllu", "s.txt")


def test_conll_u_reads_only_a_comment_as_nothing() -> None:
    assert read("# only a comment\n", "conllu") == []


def test_conll_u_names_the_document_of_a_sentence() -> None:
    sentences = [line(1, "a"), f"# newdoc id = n 1\n{line(1, 'b')}", line(1, "c")]
    rows = read("\n\n".join(sentences), "conllu", document=True)
    assert [row.values["document"] for row in rows] == [None, "n 1", "n 1"]
