"""Data in parts: batches, the watched part and the fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rnnkit.data.batch.rows import Rows
from rnnkit.run import RunFolder
from rnnkit.tasks.prepared import Prepared


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
