"""The batches of an epoch, some at a time."""

from __future__ import annotations

import time

import numpy as np
import pytest

from rnnkit.training.batches import Batch, EpochBatches
from tests.training import Rows

WIDTHS = [3, 3, 5, 5, 3]


class Widths(Rows):
    """Batches of several widths, which remember what was asked for."""

    def __init__(self) -> None:
        super().__init__([0.0] * len(WIDTHS), batch_size=1)
        self.asked: list[tuple[int, int, int]] = []

    def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
        self.asked.append((random_seed, epoch, step))
        return np.zeros((2, WIDTHS[step])), np.full(2, step), np.ones(2)


def test_ahead_reads_each_batch_once() -> None:
    batches = Widths()
    ahead, runs, start = EpochBatches(batches, 7, 2), list[list[int]](), 0
    while start < len(WIDTHS):
        runs.append([int(batch[1][0]) for batch in ahead.take(start, len(WIDTHS) - start)])
        start += len(runs[-1])
    assert runs == [[0, 1], [2, 3], [4]]
    assert batches.asked == [(7, 2, step) for step in range(len(WIDTHS))]


def test_batches_of_the_next_call_are_made_while_one_is_computed() -> None:
    batches = Widths()
    ahead = EpochBatches(batches, 7, 2)
    ahead.take(0, 1)
    until = time.monotonic() + 20
    while len(batches.asked) < 3 and time.monotonic() < until:
        time.sleep(0.001)
    assert [step for *_, step in batches.asked] == [0, 1, 2]


def test_take_raises_what_making_a_batch_ahead_raised() -> None:
    class Unreadable(Widths):
        def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
            if step:
                raise OSError("the file is gone")
            return super().shuffled(random_seed, epoch, step)

    ahead = EpochBatches(Unreadable(), 7, 2)
    ahead.take(0, 1)
    with pytest.raises(OSError, match="gone"):
        ahead.take(1, 1)
