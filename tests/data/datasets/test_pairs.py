from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.pairs import PairsFile
from rnnkit.data.datasets.reverse_digits import ReverseDigits
from rnnkit.errors import RnnkitError


def test_pairs_file_load_reads_a_file_for_each_part() -> None:
    for name, row in (("train", "a\tb"), ("valid", "c\td"), ("test", "\te\nf\tg")):
        Path(f"{name}.tsv").write_text(f"{row}\n", encoding="utf-8")
    found = PairsFile(
        path="train.tsv",
        validation_path="valid.tsv",
        test_path="test.tsv",
        header=False,
        source=0,
        target=1,
    ).load()
    assert {part: list(zip(pairs.sources, pairs.targets, strict=True)) for part, pairs in found.parts.items()} == {  # noqa: E501
        "train": [("a", "b")], "validation": [("c", "d")], "test": [("f", "g")],
    }  # fmt: skip
    assert found.notes == ["test.tsv: 1 row without a source left out: row 1"]
    assert Path("train.tsv").name == PairsFile(path="train.tsv").fetch()


def test_pairs_file_load_reads_tabs_in_a_text_file() -> None:
    Path("fra.txt").write_text("Go.\tVa !\tCC-BY\n", encoding="utf-8")
    pairs = PairsFile(path="fra.txt", header=False, source=0, target=1).load().parts["train"]
    assert (list(pairs.sources), list(pairs.targets)) == (["Go."], ["Va !"])


def test_pairs_file_load_reads_quotes_as_characters_unless_they_enclose() -> None:
    Path("pairs.csv").write_text('source,target\n"a, b",c\n', encoding="utf-8")
    pairs = PairsFile(path="pairs.csv", format="csv", quotes=True).load().parts["train"]
    assert list(pairs.sources) == ["a, b"]
    Path("pairs.tsv").write_text('source\ttarget\n"Hi," he said.\t« Salut »\n', encoding="utf-8")
    assert list(PairsFile(path="pairs.tsv").load().parts["train"].sources) == ['"Hi," he said.']


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"path": "no.tsv"}, "data.dataset.pairs.path: no such file: 'no.tsv'"),
        (
            {"path": "bad.tsv", "encoding": "utf-8"},
            "bad.tsv:2: byte 3 of the line (0xe9) is not UTF-8",
        ),
        (
            {"path": "good.tsv", "source": "english"},
            "no column 'english' in good.tsv. It has: 'source', 'target'",
        ),
    ],
)
def test_pairs_file_load_refuses_wrong_files(arguments: dict[str, Any], words: str) -> None:
    Path("bad.tsv").write_bytes(b"source\ttarget\na\t\xe9t\xe9\n")
    Path("good.tsv").write_text("source\ttarget\na\tb\n")
    with pytest.raises(RnnkitError) as caught:
        PairsFile(**arguments).load()
    assert words in str(caught.value)
    assert caught.value.exit_code == 2


def test_pairs_file_refuses_one_column_for_both_sides() -> None:
    with pytest.raises(
        RnnkitError, match=r"data\.dataset\.pairs\.target: '0' is also the column of the source"
    ):
        parse_config(
            {
                "task": "seq2seq",
                "data": {"dataset": {"pairs": {"path": "p", "source": 0, "target": "0"}}},
                "model": {},
            }
        )


def test_pairs_file_load_reads_the_public_translations(shared_data: Path) -> None:
    found = PairsFile(
        path=str(shared_data / "translation" / "fra.txt"), header=False, source=0, target=1
    ).load()
    pairs = found.parts["train"]
    assert (len(pairs), found.notes) == (142_787, [])
    assert (pairs.sources[0], pairs.targets[0]) == ("Go.", "Va !")


def test_reverse_digits_load_reverses_different_sequences() -> None:
    pairs = ReverseDigits(count=500, min_digits=2, max_digits=4).load().parts["train"]
    assert len({*pairs.sources}) == len(pairs) == 500
    assert all(
        target.split() == source.split()[::-1]
        for source, target in zip(pairs.sources, pairs.targets, strict=True)
    )
    assert {len(source.split()) for source in pairs.sources} == {2, 3, 4}
    assert list(
        ReverseDigits(count=500, min_digits=2, max_digits=4).load().parts["train"].sources
    ) == list(pairs.sources)
    assert list(
        ReverseDigits(count=500, min_digits=2, max_digits=4, random_seed=1)
        .load()
        .parts["train"]
        .sources
    ) != list(pairs.sources)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"min_digits": 5, "max_digits": 4}, "min_digits: 5, and max_digits is 4"),
        (
            {"min_digits": 1, "max_digits": 2, "count": 51},
            "count: 51 different sequences of at most 2 digits. Expected at most 50",
        ),
    ],
)
def test_reverse_digits_refuses_more_sequences_than_exist(
    arguments: dict[str, int], words: str
) -> None:
    with pytest.raises(RnnkitError, match=words):
        parse_config(
            {"task": "seq2seq", "data": {"dataset": {"reverse_digits": arguments}}, "model": {}}
        )
