"""The data sets of tagged sentences."""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

import pytest

from rnnkit.config import parse_config
from rnnkit.data.datasets.conll import Conll
from rnnkit.data.datasets.conllu import ConllU
from rnnkit.data.datasets.tagged import InlineTagged
from rnnkit.data.datasets.tagged_jsonl import TaggedJsonLines
from rnnkit.data.encode.spans import detect, is_legal, read_spans
from rnnkit.errors import RnnkitError

CONLLU = "\n".join(
    f"{number}\t{form}\t_\t{upos}\t{upos[:2]}\t_\t_\t_\t_\t_"
    for number, form, upos in ((1, "mice", "NOUN"), (2, "eat", "VERB"))
)


def test_tagged_file_dataset_load_reads_each_format() -> None:
    Path("a.tsv").write_text("mice\tNOUN\neat\tVERB\n", encoding="utf-8")
    Path("a.conllu").write_text(CONLLU, encoding="utf-8")
    Path("a.jsonl").write_text(
        '{"words": ["mice", "eat"], "tags": ["NOUN", "VERB"]}', encoding="utf-8"
    )
    with gzip.open("a.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("VERB x mice\n")
    for dataset in (
        Conll(path="a.tsv"),
        ConllU(path="a.conllu"),
        TaggedJsonLines(path="a.jsonl", tokens="words"),
    ):
        examples = dataset.load().parts["train"]
        assert (examples.texts, examples.labels) == ([("mice", "eat")], [("NOUN", "VERB")])
        assert examples.place(0) in (f"{dataset.path}:1", f"{dataset.path}: row 1")
        assert dataset.fetch() == dataset.path
        assert dataset.read(dataset.path).parts["data"].texts == examples.texts
        assert len(dataset.sample().parts["train"]) > 10
    assert ConllU(path="a.conllu", column="xpos").load().parts["train"].labels == [("NO", "VE")]
    assert Conll(path="a.tsv.gz", word=2, tag=0).load().parts["train"].labels == [("VERB",)]


def test_tagged_json_lines_load_names_the_tags_that_are_numbers() -> None:
    Path("a.jsonl").write_text('{"tokens": ["a", "b"], "tags": [1, 0]}', encoding="utf-8")
    named = TaggedJsonLines(path="a.jsonl", tag_names=["O", "B-PER"])
    assert named.load().parts["train"].labels == [("B-PER", "O")]
    with pytest.raises(RnnkitError, match=r"row 1: the tag 1.*tag_names"):
        TaggedJsonLines(path="a.jsonl").load()


def test_tagged_file_dataset_load_says_that_blank_lines_are_missing() -> None:
    Path("one.conll").write_text("a\tX\n.\tO\n" * 40, encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"conll.path: one.conll is one sentence of 80") as caught:
        Conll(path="one.conll").load()
    command = caught.value.hint.split("`")[1]
    subprocess.run(command, shell=True, check=True)
    assert len(Conll(path="sentences.conll").load().parts["train"]) == 40


def test_tagged_file_dataset_load_reads_a_file_for_each_part() -> None:
    for name in "abc":
        Path(name).write_text(f"{name}\tX\n", encoding="utf-8")
    parts = Conll(path="a", validation_path="b", test_path="c").load().parts
    assert {part: examples.texts for part, examples in parts.items()} == {
        "train": [("a",)],
        "validation": [("b",)],
        "test": [("c",)],
    }
    with pytest.raises(RnnkitError, match=r"data.dataset.conll.test_path: no such file: 'd'"):
        Conll(path="a", test_path="d").load()


def test_inline_tagged_load_reads_tokens_and_tags() -> None:
    dataset = InlineTagged.model_validate(["the/DET and/or/CONJ", "x/Y"])
    examples = dataset.load().parts["train"]
    assert examples.texts == [("the", "and/or"), ("x",)]
    assert examples.labels == [("DET", "CONJ"), ("Y",)]
    assert examples.place(1) == "data.dataset.tagged.sentences.1"
    Path("a.conll").write_text("x Y\n", encoding="utf-8")
    assert dataset.read("a.conll").parts["data"].labels == [("Y",)]


@pytest.mark.parametrize("sentence", ["the", "the/", "/DET", "the/DET mouse", " "])
def test_inline_tagged_refuses_tokens_without_tags(sentence: str) -> None:
    text = {
        "task": "tagging",
        "data": {"dataset": {"tagged": [sentence]}},
        "model": {"embedding": 4, "layers": [{"lstm": 4}]},
    }
    with pytest.raises(RnnkitError, match="Expected token/TAG"):
        parse_config(text)


# The public data, by the counts of their authors.


@pytest.mark.soak
def test_conll_u_load_has_the_counts_of_the_english_web_treebank(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words and sentences as its stats.xml has them, without words that are written as one."""
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    names = {"validation_path": "dev", "test_path": "test"}
    found = ConllU(
        path="ud_ewt/en_ewt-ud-train.conllu",
        **{key: f"ud_ewt/en_ewt-ud-{name}.conllu" for key, name in names.items()},
    ).load()  # type: ignore[arg-type]
    counts = {
        part: (len(examples), sum(map(len, examples.texts)))
        for part, examples in found.parts.items()
    }
    assert counts == {
        "train": (12_544, 204_577),
        "validation": (2_001, 25_147),
        "test": (2_077, 25_094),
    }
    assert len({tag for tags in found.parts["train"].labels for tag in tags}) == 17


@pytest.mark.soak
def test_conll_load_has_the_span_counts_of_conll_2003(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spans of each type as the shared task counts them."""
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    parts = (
        Conll(
            path="conll2003/eng.train",
            validation_path="conll2003/eng.testa",
            test_path="conll2003/eng.testb",
        )
        .load()
        .parts
    )
    spans = {
        part: {
            kind: sum(span[0] == kind for tags in examples.labels for span in read_spans(tags))
            for kind in ("LOC", "MISC", "ORG", "PER")
        }
        for part, examples in parts.items()
    }
    assert {
        part: (len(examples), sum(map(len, examples.texts))) for part, examples in parts.items()
    } == {
        "train": (14_041, 203_621),
        "validation": (3_250, 51_362),
        "test": (3_453, 46_435),
    }
    assert spans == {
        "train": {"LOC": 7_140, "MISC": 3_438, "ORG": 6_321, "PER": 6_600},
        "validation": {"LOC": 1_837, "MISC": 922, "ORG": 1_341, "PER": 1_842},
        "test": {"LOC": 1_668, "MISC": 702, "ORG": 1_661, "PER": 1_617},
    }
    assert detect(parts["train"].labels) == "iob1"
    assert sum(not is_legal(tags, "iob1") for tags in parts["train"].labels) == 2
