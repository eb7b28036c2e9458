"""Whole texts with their conditions, in parts and in batches."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rnnkit.data.encode.tokenizer import ENDS
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Source
from tests.helpers.conditioned import TEXTS, conditioned, labelled_file, refusal


def test_encode_from_start_to_end() -> None:
    data = conditioned().prepare(Source())
    part = data.parts["train"]
    assert data.codec.tokenizer.tokens(part.texts[1].tolist()) == [ENDS[0], *"bob", ENDS[1]]
    assert part.conditions[:2].tolist() == [[0, 0, 1], [0, 1, 0]]  # of de, en, it
    assert data.notes == [
        "train 8 texts of 3 tokens; vocabulary of 14",
        "3 conditions in training: de 3, en 2, it 3",
    ]


def test_encode_long_texts_are_truncated() -> None:
    part = conditioned(max_length=2).prepare(Source()).parts["train"]
    assert part.texts.lengths.tolist() == [4] * 8  # <start>, two characters, <end>


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_batches_every_token_but_the_first_is_a_target_once(batch_size: int) -> None:
    part = conditioned().prepare(Source()).parts["train"]
    targeted: list[int] = []
    for (tokens, conditions), targets, weights in part.batches(batch_size).in_order():
        assert tokens.shape == targets.shape == weights.shape
        assert conditions.shape == (len(tokens), 3)
        assert (tokens[:, 1:][weights[:, 1:] > 0] == targets[:, :-1][weights[:, 1:] > 0]).all()
        targeted += targets[weights > 0].tolist()
    expected = [token for text in range(8) for token in part.texts[text].tolist()[1:]]
    assert sorted(targeted) == sorted(expected)


def test_describe_unseen_characters() -> None:
    task = conditioned(validation=[("zoé", "it"), ("bob", "en")])
    assert "validation: 2 of 10 tokens are <unk>" in task.prepare(Source()).notes


def test_read_parts_further_file() -> None:
    task = conditioned()
    codec = task.prepare(Source()).codec
    further = Source(file=labelled_file("more.jsonl", [("ida", "en")]))
    assert task.prepare(further, codec).parts["data"].conditions.tolist() == [[0, 1, 0]]
    labelled_file("more.jsonl", [("ida", "en"), ("bob", "eng")])
    with pytest.raises(RnnkitError, match=r"more\.jsonl: row 2: .*'eng'.*mean 'en'"):
        task.prepare(further, codec)
    with pytest.raises(RnnkitError, match=r"^--data: .*nowhere\.jsonl"):
        task.prepare(Source(file="nowhere.jsonl"), codec)


def test_read_parts_refuses_unusable_conditions() -> None:
    assert "data.dataset: every text has the condition it" in refusal(
        texts=[("anna", "it"), ("gino", "it")]
    )
    assert "other.jsonl: row 1: unknown condition 'ru'" in refusal(validation=[("olga", "ru")])


def test_load_codec_is_that_of_the_training(tmp_path: Path) -> None:
    task, run = conditioned(), RunFolder(tmp_path)
    data = task.prepare(Source())
    data.codec.save(run)
    codec = task.load_codec(run)
    assert codec.condition == data.codec.condition
    assert codec.longest == len("anna") + 1
    assert codec.tokenizer.vocabulary == data.codec.tokenizer.vocabulary
    assert task.prepare(Source(), codec).fingerprint == data.fingerprint


def test_fingerprint_is_the_checksum_of_texts_lengths_and_conditions() -> None:
    """As run folders keep it: a resumed run must find the same."""
    data = conditioned().prepare(Source())
    part, checksum = data.parts["train"], hashlib.sha256()
    for array in (part.texts.flat, part.texts.lengths, part.conditions):
        checksum.update(array.tobytes())
    assert data.fingerprint == checksum.hexdigest()
    assert conditioned(texts=TEXTS[:-1]).prepare(Source()).fingerprint != data.fingerprint


def test_describe_rows_omitted_from_a_further_file() -> None:
    rows = '{"text": "ada", "label": "it"}\n{"text": "", "label": "it"}\n'
    Path("more.jsonl").write_text(f'{rows}{{"text": "bo", "label": null}}\n', encoding="utf-8")
    data = conditioned().prepare(Source(file="more.jsonl"))
    assert len(data.parts["data"].texts) == 1
    assert sum("left out" in line for line in data.notes) == 2


def test_read_parts_held_out_part_that_is_empty() -> None:
    assert "validation part empty" in refusal(split={"validation": 0.0001})
