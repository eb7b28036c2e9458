"""The keys that hold for one further file."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit.data.datasets.conll import Conll
from rnnkit.data.datasets.imdb import Imdb
from rnnkit.data.datasets.kinds.further import file_keys
from rnnkit.data.datasets.pairs import PairsFile
from rnnkit.data.datasets.series import SeriesFile
from rnnkit.data.datasets.table import Csv
from rnnkit.errors import RnnkitError


def test_further_reads_a_file_with_other_keys_and_leaves_the_data_set() -> None:
    Path("own.csv").write_text("text,label\na,1\n", encoding="utf-8")
    Path("other.csv").write_text("stars;review\n2;b\n", encoding="utf-8")
    dataset = Csv(path="own.csv")
    keys = ["data.dataset.csv.separator=;", "text=review", "label=stars"]
    with file_keys(*keys):
        examples = dataset.further.read("other.csv").parts["data"]
        assert (examples.texts, examples.labels) == (["b"], [("2",)])
        assert dataset.load().parts["train"].texts == ["a"]
    assert dataset.further is dataset


def test_further_reads_with_keys_of_a_format_that_the_data_set_lacks() -> None:
    Path("other.csv").write_text("text;label\nb;1\n", encoding="utf-8")
    with file_keys("separator=;"):
        assert Imdb().further.read("other.csv").parts["data"].texts == ["b"]
    with file_keys({"separator": ";", "header": False}, "text=0", "label=1"):
        assert Csv(path="own.csv").further.read("other.csv").parts["data"].texts == ["text", "b"]
    with pytest.raises(RnnkitError, match="file_keys"), file_keys(7):  # type: ignore[arg-type]
        pass
    with file_keys("text=review"), pytest.raises(RnnkitError, match="no column 'review'"):
        Imdb().further.read("other.csv")
    with file_keys("txt=review"), pytest.raises(RnnkitError, match="txt: unknown key"):
        Imdb().further.read("other.csv")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("separator=:", "separator.*':'"),
        ("header=maybe", "header.*true or false"),
        ("x", "x.*KEY="),
    ],
)
def test_further_names_a_wrong_key(key: str, words: str) -> None:
    with pytest.raises(RnnkitError, match=words), file_keys(key):
        assert Csv(path="own.csv").further


def test_format_of_refuses_keys_that_a_kind_of_file_lacks() -> None:
    Path("other.jsonl").write_text('{"text": "a", "label": "b"}\n', encoding="utf-8")
    with file_keys("separator=;"), pytest.raises(RnnkitError, match=r"'separator'.*encoding"):
        Csv(path="own.csv").further.read("other.jsonl")


def test_further_reads_numbers_of_a_series_and_quotes_of_pairs() -> None:
    Path("s.csv").write_text("y;h\n1.020,5;None\n?;New Year\n3,5;\n", encoding="utf-8")
    series = SeriesFile(path="own.csv", target="y", categorical=["h"], fill="previous")
    keys = ["separator=;", "decimal=,", "thousands=.", "missing=?"]
    with file_keys(*keys):
        found = series.further.read("s.csv")
    assert found.columns["y"].tolist() == [1020.5, 1020.5, 3.5]
    assert found.columns["h"].tolist() == ["None", "New Year", "New Year"]
    Path("p.csv").write_text('source,target\n"a, b",c\n', encoding="utf-8")
    Path("p.tsv").write_text('source\ttarget\n"a"\tc\n', encoding="utf-8")
    assert list(PairsFile(path="p.csv").load().parts["train"].sources) == ["a, b"]
    assert list(PairsFile(path="p.tsv").load().parts["train"].sources) == ['"a"']


def test_further_leaves_a_key_to_the_format_of_a_file_of_another_kind() -> None:
    """`word` is a number in columns, a name in a table."""
    Path("other.csv").write_text("id,token\n1,mice\n1,eat\n", encoding="utf-8")
    with file_keys("sentence=id", "word=token"):
        kind = Conll(path="own.tsv").further.format_of(Path("other.csv"), ["conll", "tagged_csv"])
        rows = list(kind.without_answers().read(Path("other.csv")))
    assert [row.values["tokens"] for row in rows] == [["mice", "eat"]]
