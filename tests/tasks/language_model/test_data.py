"""A text in parts: sizes, fingerprints, further files, and what is too short."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnkit.data.datasets import text as text_module
from rnnkit.data.encode.token_file import TokenFile
from rnnkit.data.encode.tokenizer_specs import BPE
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.language_model import data as data_module
from rnnkit.tasks.language_model.data import StreamPart
from rnnkit.tasks.prepared import Source
from tests.helpers.language_models import (
    Uniform,
    evaluated,
    prepared,
    stream_model,
    text_file,
    window_model,
)


def test_describe_windows() -> None:
    assert prepared(window_model()).notes == [
        "train 203 tokens in 200 windows of 3; vocabulary of 112 and <unk>"
    ]


def test_describe_streams() -> None:
    """203 tokens in 8 streams of (203 - 1) // 8 = 25, four chunks of seven."""
    data = prepared(stream_model())
    assert data.notes == [
        "train 203 tokens in 8 streams, 4 steps of 7; vocabulary of 112 and <unk>"
    ]
    assert len(data.parts["train"].batches(8)) == 200
    assert data.validation is None


def test_describe_unknown_tokens() -> None:
    data = prepared(window_model(split={"validation": 0.2}))
    held_out = data.parts["validation"].counted
    unknown = int((held_out == data.codec.tokenizer.unknown_id).sum())
    assert 0 < unknown < len(held_out)
    assert data.notes[1:] == [f"validation: {unknown} of {len(held_out)} tokens are <unk>"]
    small = prepared(window_model(tokenizer={"word": {"vocab_size": 10}}))
    assert small.notes[1].startswith("train: ")


@pytest.mark.parametrize("task", [window_model(), stream_model()], ids=["window", "stream"])
def test_read_parts_further_file_by_the_vocabulary_of_the_run(task: Any) -> None:
    Path("other.txt").write_text("The cat, the ZEBRA and the old mouse.", encoding="utf-8")
    data = prepared(task, "other.txt")
    tokens = data.codec.tokenizer.tokens(data.parts["data"].counted.tolist())
    assert tokens == ["the", "cat", ",", "the", "<unk>", "and", "the", "old", "mouse", "."]
    assert "data: 1 of 10 tokens is <unk>" in data.notes
    evaluation = evaluated(task, data, Uniform(data), "data")
    assert evaluation.rows[0].scores["tokens"] == 10 - (task.task.window or 1)
    assert evaluation.notes == []
    assert data.fingerprint == prepared(task).fingerprint  # a further file is no training data


def test_read_parts_further_file_that_is_missing() -> None:
    with pytest.raises(RnnkitError, match=r"^--data: .*nowhere\.txt"):
        window_model().prepare(Source(file="nowhere.txt"))


def test_require_enough_window_longer_than_a_part() -> None:
    Path("other.txt").write_text("the cat .", encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"window: .*data part of other\.txt has 3.*at most 2"):
        prepared(window_model(), "other.txt")


@pytest.mark.parametrize(
    ("content", "train", "message"),
    [
        ("one two three", {}, r"^train\.batch_size: 8 streams.*3 tokens.*at least 16.*at most 1\."),
        ("word", {}, r"^train\.batch_size: 8 streams.*at least 16\. A longer text\.$"),
        (
            "word",
            {"batch_size": 1},
            r"^train\.batch_size: 1 stream,.*at least 2\. A longer text\.$",
        ),
    ],
)
def test_require_enough_tokens_for_the_streams(
    content: str, train: dict[str, Any], message: str
) -> None:
    task = stream_model(dataset=text_file(content), train=train)
    with pytest.raises(RnnkitError, match=message):
        prepared(task)


def test_require_enough_tokens_to_score_a_stream() -> None:
    text = "one two three four five six seven eight nine " * 2 + "ten"
    short = {"split": {"validation": 0.06}, "train": {"batch_size": 2}}
    with pytest.raises(RnnkitError, match=r"data\.split: the validation part.*at least 2"):
        prepared(stream_model(dataset=text_file(text), **short))
    Path("other.txt").write_text("cat", encoding="utf-8")
    with pytest.raises(RnnkitError, match=r"^--data: the data part of other\.txt.*at least 2"):
        prepared(stream_model(), "other.txt")


def test_streams_text_shorter_than_one_chunk() -> None:
    task = stream_model(
        dataset=text_file("a b c d e"), task={"stream": True, "bptt": 50}, train={"batch_size": 2}
    )
    data = prepared(task)
    assert data.notes[0].startswith("train 5 tokens in 2 streams, 1 step of 2;")
    (batch,) = data.train.in_order()
    assert batch[0].shape == (2, 2)  # not padded to 50
    assert batch[2].sum() == 4


def test_streams_short_held_out_part_has_fewer() -> None:
    task = stream_model(dataset=text_file("a b c d e f g h i j " * 4), split={"validation": 0.1})
    data = prepared(task)
    assert len(data.parts["validation"].counted) == 3
    assert data.validation is not None
    assert data.validation.batch_size == 2


@pytest.mark.parametrize("model", [window_model, stream_model])
def test_fingerprint_is_the_checksum_of_the_ids(model: Any) -> None:
    """As run folders keep it: a resumed run must find the same."""
    data = prepared(model(split=0.2))
    checksum = hashlib.sha256()
    for name in ("train", "validation"):
        checksum.update(data.parts[name].counted.astype(np.int32).tobytes())
    assert data.fingerprint == checksum.hexdigest()
    assert data.fingerprint != prepared(model(split=0.3)).fingerprint
    assert data.fingerprint != prepared(model(split=0.2, tokenizer="char")).fingerprint


def test_prepare_keeps_a_text_larger_than_memory_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a stream; windows are views of an array. Both hold the ids that a text in memory has."""
    dataset = text_file("the old mouse said it is easy to bell the cat\n" * 40)
    in_memory = prepared(stream_model(dataset=dataset))
    windows = prepared(window_model(dataset=dataset))
    monkeypatch.setattr(text_module, "LONG", 100)
    monkeypatch.setenv("RNNKIT_CACHE", "cache")
    monkeypatch.setattr(data_module, "COUNTED", 50)
    data = prepared(stream_model(dataset=dataset))
    ids = data.parts["train"].token_ids
    assert isinstance(ids, TokenFile)
    assert data.fingerprint == hashlib.sha256(ids.fingerprint.encode()).hexdigest()
    np.testing.assert_array_equal(ids[:], in_memory.parts["train"].token_ids)
    assert data.notes == in_memory.notes
    assert len(data.parts["train"].counted) == 50
    assert prepared(window_model(dataset=dataset)).fingerprint == windows.fingerprint


def test_known_span_first_without_unknown() -> None:
    part = StreamPart(np.array([0, 5, 0, 6, 7, 8], np.int32), 3)
    assert part.known_span(2, 0) == [6, 7]
    assert part.known_span(4, 0) == [0, 5, 0, 6]
    assert part.known_span(9, 0) == [0, 5, 0, 6, 7, 8]


def test_load_codec_is_that_of_the_training(tmp_path: Path) -> None:
    task, run = window_model(), RunFolder(tmp_path)
    data = prepared(task)
    data.codec.save(run)
    codec = task.load_codec(run)
    assert codec.tokenizer.vocabulary == data.codec.tokenizer.vocabulary
    assert task.prepare(Source(), codec).fingerprint == data.fingerprint


def test_train_tokenizer_on_the_training_part_only() -> None:
    text = "abcabc " * 60 + "xyzxyz " * 50
    data = prepared(window_model(dataset={"inline": text}, tokenizer={"bpe": 300}, split=0.5))
    tokenizer = data.codec.tokenizer
    assert tokenizer.vocabulary == BPE(vocab_size=300).train("abcabc " * 60).vocabulary
    assert not [token for token in tokenizer.vocabulary if "xy" in token]
    assert "xyzxyz" in tokenizer.text(data.parts["validation"].counted.tolist())
