"""Pairs: dropped, drawn, split and encoded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.data.raw.pairs import same_source
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from tests.helpers.paired import PAIRS, Data, seq2seq, write_pairs


def prepared(*arguments: Any, **settings: Any) -> Data:
    return seq2seq(*arguments, **settings).prepare(Source())


def left_out(data: Data) -> list[str]:
    """The notes after sizes and lengths."""
    return list(data.notes)[1 + len(data.parts) :]


def test_encode_sources_and_targets() -> None:
    data = prepared()
    part = data.parts["train"]
    assert data.codec.source.tokens(part.sources[0]) == ["i", "am", "cold", "."]
    assert data.codec.target.tokens(part.targets[0]) == [ENDS[0], "j'ai", "froid", ".", ENDS[1]]
    assert data.codec.source.vocabulary[:2] == ["<pad>", "<unk>"]
    assert data.codec.target.vocabulary[:3] == ["<unk>", *ENDS]
    assert data.notes[0] == "train 8 pairs of 7 sources; vocabularies of 17 and 21"


def test_encode_with_a_tokenizer_for_each_side() -> None:
    bpe = {"tokenizer": {"bpe": {"vocab_size": 300, "min_frequency": 1}}}
    data = prepared(source="char", target=bpe)
    part = data.parts["train"]
    assert data.codec.source.tokens(part.sources[0]) == list("I am cold.")
    assert data.codec.target.text(part.targets[0][1:-1].tolist()) == "J'ai froid."


def test_read_parts_counts_long_pairs() -> None:
    pairs = [*PAIRS, ("Hi.", "Bien le bonjour.")]
    data = prepared(pairs, source={"max_length": 2}, target={"max_length": 2})
    source, target = left_out(data)
    assert source.startswith("train: 6 pairs left out")
    assert "source" in source
    assert target.startswith("train: 1 pair left out")
    assert "target" in target
    assert list(data.parts["train"].pairs.targets) == ["Va !", "Allez !"]
    assert left_out(prepared(source={"max_length": 3})) == []
    data = prepared(source={"tokenizer": "char", "max_length": 3})
    (note,) = left_out(data)
    assert "3 characters" in note
    assert list(data.parts["train"].pairs.sources) == ["Go.", "go."]


def test_read_parts_requires_a_pair() -> None:
    with pytest.raises(RnnkitError, match=r"data\.target\.max_length: 1, .*8 pairs has 2 words"):
        prepared(source={"max_length": 2}, target={"max_length": 1})
    with pytest.raises(RnnkitError, match=r"data\.source\.max_length: 2, "):
        prepared(PAIRS[:3], source={"max_length": 2})


def test_read_parts_sampled_sources_keep_all_their_targets() -> None:
    pairs = [(f"word {number // 3}", f"mot {number}") for number in range(60)]
    data, again = (prepared(pairs, max_pairs=10) for _ in range(2))
    sources = list(data.parts["train"].pairs.sources)
    assert len(sources) == 12
    assert all(sources.count(source) == 3 for source in sources)
    (note,) = left_out(data)
    assert "4 of 20 sources" in note
    assert list(again.parts["train"].pairs.sources) == sources


def test_read_parts_split_keeps_equal_sources_together() -> None:
    pairs = [
        (f"{'Go' if number % 2 else 'go'} {number // 4}.", f"va {number}") for number in range(80)
    ]
    data = prepared(pairs, split={"validation": 0.2, "test": 0.3})
    known = {
        part: {same_source(source) for source in rows.pairs.sources}
        for part, rows in data.parts.items()
    }
    sizes = {part: len(sources) for part, sources in known.items()}
    assert sizes == {"train": 10, "validation": 4, "test": 6}
    assert len(set.union(*known.values())) == sum(sizes.values())
    assert left_out(data) == []


def test_read_parts_refuses_a_part_without_pairs() -> None:
    with pytest.raises(RnnkitError, match=r"data\.split: 8 pairs .*validation"):
        prepared(split={"validation": 0.01})


def test_read_parts_counts_sources_of_two_files() -> None:
    (note,) = left_out(prepared(validation=[("i am COLD.", "x"), ("new.", "y")]))
    assert note.startswith("1 of 2 validation pairs")


def test_encode_omits_pairs_without_a_token() -> None:
    removed = {"tokenizer": {"word": "removed"}}
    data = prepared([*PAIRS, ("...", "x")], source=removed)
    (note,) = left_out(data)
    assert note.startswith("train: 1 pair left out")
    assert note.endswith("pairs.tsv: row 10")
    assert len(data.parts["train"]) == 8
    with pytest.raises(RnnkitError, match=r"data: no pair of the train part"):
        prepared([("...", "x")], source=removed)


def test_read_parts_further_file_is_the_part_data() -> None:
    task = seq2seq()
    codec = task.prepare(Source()).codec
    write_pairs("more.tsv", [("It is cold.", "Il fait froid.")])
    data = task.prepare(Source(file="more.tsv"), codec)
    assert list(data.parts["data"].pairs.targets) == ["Il fait froid."]
    with pytest.raises(RnnkitError, match=r"--data: .*none\.tsv"):
        task.prepare(Source(file="none.tsv"), codec)


def test_load_codec_is_that_of_the_training(tmp_path: Path) -> None:
    task = seq2seq()
    data, run = task.prepare(Source()), RunFolder(tmp_path)
    data.codec.save(run)
    codec = task.load_codec(run)
    assert codec.source.vocabulary == data.codec.source.vocabulary
    assert codec.target.vocabulary == data.codec.target.vocabulary
    assert task.prepare(Source(), codec).fingerprint == data.fingerprint
    assert prepared(PAIRS[:-1]).fingerprint != data.fingerprint
    assert task.tokenizers().keys() == {"data.source.tokenizer", "data.target.tokenizer"}
