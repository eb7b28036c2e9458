"""Sentences with tags out of records."""

from __future__ import annotations

import pytest

from rnnkit.data.read.tagged import Sentence, read_tagged, sentences
from rnnkit.errors import RnnkitError
from tests.data.tables import table


def test_sentences_reads_tokens_and_tags() -> None:
    text = (
        '{"tokens": ["a", "b"], "tags": ["X", "Y"], "id": 7}\n\n{"tokens": [], "tags":'
        ' []}\n{"tokens": ["c"], "tags": ["X"]}\n'
    )
    assert list(sentences(table(text, "jsonl"))) == [
        Sentence(("a", "b"), ("X", "Y"), 1),
        Sentence((), (), 3),
        Sentence(("c",), ("X",), 4),
    ]
    assert read_tagged(table(text, "jsonl")).texts == [("a", "b"), ("c",)]


def test_read_tagged_gives_sentences_and_places() -> None:
    examples = read_tagged(table("a X\nb Y\n\nc X\n", "conll", "s.txt"))
    assert (examples.texts, examples.labels) == ([("a", "b"), ("c",)], [("X", "Y"), ("X",)])
    assert examples.place(1) == "s.txt:4"
    with pytest.raises(RnnkitError, match=r"s.txt has no sentence"):
        read_tagged(table("\n", "conll", "s.txt"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"tokens": ["a", "b"], "tags": ["X"]}', "row 1: 2 tokens, but 1 tag"),
        ('{"tokens": ["a"]}', "row 1: no 'tags'"),
        ('{"tokens": "a", "tags": ["X"]}', "row 1: 'tokens' is a str"),
        ('{"tokens": [1], "tags": ["X"]}', "row 1: 1 .*token"),
        ('{"tokens": [" "], "tags": ["X"]}', "row 1: ' ' .*token"),
        ('{"tokens": ["a\\tb"], "tags": ["X"]}', "row 1: .*token"),
        ('{"tokens": ["a"], "tags": [null]}', "row 1: None .*tag"),
    ],
)
def test_sentences_refuses_wrong_records(text: str, message: str) -> None:
    with pytest.raises(RnnkitError, match=rf"in.jsonl: {message}"):
        list(sentences(table(text, "jsonl")))
