"""Data in parts: batches, the watched part and the fingerprint."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import yaml

from rnnkit.config import parse_config
from rnnkit.data.batch.rows import Rows
from rnnkit.progress import collected_log
from rnnkit.run import RunFolder
from rnnkit.tasks.language_model import data as language_data
from rnnkit.tasks.prepared import Parts, Prepared, Source
from rnnkit.workflows.configs import STARTERS, starter


@dataclass(frozen=True)
class Numbers:
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def batches(self, batch_size: int) -> Rows:
        return Rows(self.values, self.values, batch_size)

    def arrays(self) -> Iterable[np.ndarray | bytes]:
        return self.values, b"end"


class NoCodec:
    def save(self, run: RunFolder) -> None: ...


def prepared(**parts: list[int]) -> Prepared[NoCodec, Numbers]:
    encoded = {name: Numbers(np.array(values, np.int32)) for name, values in parts.items()}
    return Prepared(NoCodec(), encoded, batch_size=2)


def test_prepared_train_and_validation_are_in_batches() -> None:
    data = prepared(train=[1, 2, 3], validation=[4])
    assert data.train.steps == 2
    assert data.train is data.train
    assert data.validation is not None
    assert data.watched == "validation"


def test_watched_is_train_where_nothing_is_held_out() -> None:
    data = prepared(train=[1])
    assert data.validation is None
    assert data.watched == "train"


def test_fingerprint_is_that_of_the_arrays_in_the_order_of_the_parts() -> None:
    data = prepared(validation=[2], train=[1])
    one, two = (np.array([value], np.int32).tobytes() for value in (1, 2))
    assert data.fingerprint == hashlib.sha256(one + b"end" + two + b"end").hexdigest()
    assert data.fingerprint != prepared(validation=[1], train=[2]).fingerprint


def test_fingerprint_ignores_a_further_file() -> None:
    assert prepared(train=[1]).fingerprint == prepared(train=[1], data=[5]).fingerprint


def test_parts_are_encoded_when_they_are_asked_for_and_once() -> None:
    asked: list[str] = []

    def encoded() -> Numbers:
        asked.append("test")
        return Numbers(np.array([3], np.int32))

    train = Numbers(np.array([1], np.int32))
    data = Prepared(
        NoCodec(), Parts({"train": train}, {"test": encoded}), 2, checksums={"test": "of raw data"}
    )
    assert list(data.parts) == ["train", "test"]
    assert "test" in data.parts
    assert data.watched == "train"
    assert data.fingerprint
    assert asked == []
    assert data.parts["test"] is data.parts["test"]
    assert asked == ["test"]
    assert "validation" not in data.parts


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("classification", ["test: . tokens"]),
        ("tagging", []),
        ("seq2seq", ["test: .* per source"]),
        ("conditioned_language_model", ["test: .* tokens", "<unk>"]),
        ("language_model", ["test 50 tokens", "<unk>"]),
    ],
)
def test_prepare_leaves_the_test_part_until_it_is_asked_for(
    task: str, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language_data, "LONG", 100)
    tree = yaml.safe_load(starter(task))
    tree["data"]["split"] = {"validation": 0.1, "test": 0.25}
    ours = parse_config(tree, task).prepare(Source(sample=True))
    assert isinstance(ours.parts, Parts) and ours.fingerprint and list(ours.checksums) == ["test"]
    assert "test" in ours.parts and "test" not in ours.parts._encoded
    assert any(re.search(r"\btest \d+ ", line) for line in ours.notes)
    with collected_log() as earlier:
        assert len(ours.parts["test"])
    lines = [record.getMessage() for record in earlier]
    for pattern, line in zip(said, lines, strict=True):
        assert re.search(pattern, line)


def test_fingerprint_of_an_earlier_version_is_recognised() -> None:
    """It was that of every part, encoded."""
    earlier = prepared(train=[1], test=[3])
    data = Prepared(NoCodec(), earlier.parts, 2, checksums={"test": "of raw data"})
    changed = Prepared(NoCodec(), earlier.parts, 2, checksums={"test": "of other raw data"})
    assert data.fingerprint not in (earlier.fingerprint, changed.fingerprint)
    assert data.are_those_of(data.fingerprint)
    assert data.are_those_of(earlier.fingerprint)
    assert not data.are_those_of(changed.fingerprint)
    assert not data.are_those_of(prepared(train=[1], test=[4]).fingerprint)
    assert not earlier.are_those_of(data.fingerprint)


@pytest.mark.parametrize("task", STARTERS)
def test_prepared_batch_of_a_step_depends_on_seed_epoch_and_step_alone(task: str) -> None:
    """What makes a resumed training exact, for every task: data prepared anew give a step's batch
    again, whatever was asked before; `make soak` trains, stops and resumes each task.
    """

    def batches() -> Any:
        return parse_config(starter(task), task).prepare(Source(sample=True)).train

    def flat(batch: Any) -> list[np.ndarray]:
        return [array for part in batch for array in (flat(part) if listed(part) else [part])]

    def listed(part: Any) -> bool:
        return isinstance(part, (list, tuple))

    first, again = batches(), batches()
    places = [(epoch, step) for epoch in (0, 1) for step in range(first.steps)]
    expected = {place: flat(first.shuffled(7, *place)) for place in places}
    for place in reversed(places):
        for ours, theirs in zip(flat(again.shuffled(7, *place)), expected[place], strict=True):
            np.testing.assert_array_equal(ours, theirs)
    others = {place: flat(first.shuffled(8, *place)) for place in places}
    assert any(
        one.shape != other.shape or (one != other).any()
        for place in places
        for one, other in zip(others[place], expected[place], strict=True)
    )
