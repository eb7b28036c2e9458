"""Which rows everybody reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.bench import ours
from rnnkit.bench.plain import plain
from rnnkit.bench.rows import read
from rnnkit.data.batch.buckets import Buckets
from rnnkit.data.batch.rows import Rows
from rnnkit.data.encode.ragged import Sequences
from rnnkit.errors import RnnkitError
from rnnkit.tasks.prepared import Source
from rnnkit.tasks.task import load_task
from tests.helpers.conditioned import conditioned
from tests.helpers.paired import seq2seq

LABELLED = {"x": ["a b c", "f a b c d e"] * 8, "y": ["d e", "e f g"] * 8}
TEXTS = {
    "task": "classification",
    "data": {"dataset": {"labelled": {"texts": LABELLED}}, "split": 0},
    "model": {"embedding": 4, "layers": [{"lstm": 3}]},
    "train": {"batch_size": 6},
}


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def real(rows: np.ndarray) -> list[list[int]]:
    return [row[row > 0].tolist() for row in rows]


def test_read_pads_texts_at_their_beginning_and_keeps_them_without() -> None:
    model = plain(load_task(TEXTS), steps=2)
    reading = model.reading
    assert reading.in_buckets
    texts = reading.in_buckets(6).texts
    assert reading.inputs.shape == (12, 6)
    assert (reading.inputs[:, -1] > 0).all()
    assert real(reading.inputs) == [text.tolist() for text in texts]
    assert sum(map(len, ours.answering_in_buckets(model)())) == 12


def test_read_gives_each_source_with_what_is_decoded_after_it() -> None:
    task = seq2seq()
    data = task.prepare(Source())
    reading = read(data.train, steps=2)
    part, (start, end) = data.parts["train"], data.codec.ends
    pairs = [
        (source.tolist(), target.tolist())
        for source, target in zip(part.sources, part.targets, strict=True)
    ]
    assert reading.kind == "conditioned"
    assert len(reading.inputs) == len(reading.context) == 6
    assert (reading.context[:, -1] > 0).all()
    assert (reading.inputs[:, 0] == start).all()
    for source, targets in zip(real(reading.context), real(reading.targets), strict=True):
        assert (source, [start, *targets]) in pairs
        assert targets[-1] == end
    assert reading.in_buckets
    assert len(reading.in_buckets(6)) == 6


def test_read_gives_each_text_with_its_condition() -> None:
    data = conditioned().prepare(Source())
    reading = read(data.train, steps=1)
    assert reading.context.shape == (3, 3)
    part = data.parts["train"]
    texts = {tuple(text[1:].tolist()): row for row, text in enumerate(part.texts)}
    for targets, condition in zip(real(reading.targets), reading.context, strict=True):
        assert condition.tolist() == part.conditions[texts[tuple(targets)]].tolist()


def test_read_pads_numbers_of_unequal_length_with_zeros() -> None:
    """Whatever the answers are, here several labels."""
    numbers = Sequences(np.ones((3, 2), np.float32), np.array([2, 1]))
    reading = read(Buckets(numbers, np.zeros((2, 3), np.float32), 2, [2]), steps=1)
    assert reading.kind == "last"
    assert reading.inputs.shape == (2, 2, 2)
    assert reading.inputs.sum() == 6
    assert reading.targets.shape == (2, 3)


def test_read_refuses_what_peers_do_not_read() -> None:
    class Own(Rows):
        pass

    with pytest.raises(RnnkitError, match=r"data: Own\. .*Compare another config"):
        read(Own(np.zeros((2, 3), np.int32), np.zeros(2), 2), steps=1)
