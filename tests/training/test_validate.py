"""A signal while held-out data are scored: the training stops between two of their batches, and
continues with scoring them.
"""

from __future__ import annotations

import os
import signal
from typing import Any

import keras
import numpy as np
import pytest

from rnnkit.training.checkpoint import load_checkpoint
from tests.training import Rows, line_fit


class Scored(keras.callbacks.Callback):
    """Counts batches of held-out data; a real signal after one of them."""

    def __init__(self, nth: int, number: signal.Signals):
        super().__init__()
        self.batches, self._nth, self._number = 0, nth, number

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches += 1
        if self.batches == self._nth:
            os.kill(os.getpid(), self._number)


@pytest.mark.parametrize(
    ("number", "average"),
    [
        (signal.SIGINT, None),
        (signal.SIGTERM, 0.9),
        pytest.param(signal.SIGHUP, 0.9, marks=pytest.mark.soak),
    ],
)
def test_validate_a_signal_stops_it_and_resuming_is_exact(
    number: signal.Signals, average: float | None
) -> None:
    train, held_out = Rows([1.0, 2.0, 3.0], 1), Rows([1.0, 2.0, 4.0], 1)
    options = {"optimizer": "adam", "epochs": 3, "average": average, "monitor": "accuracy"}
    straight = line_fit(train, held_out, **options)
    straight.go()
    stopped = line_fit(train, held_out, **options)
    scored = Scored(nth=4, number=number)  # the first batch of the second epoch's
    assert stopped.go([scored]) == number
    assert scored.batches == 4
    assert (stopped.progress.epoch, stopped.progress.batch) == (1, train.steps)
    resumed = line_fit(train, held_out, run=stopped.run, **options)
    resumed.restore(load_checkpoint(stopped.run.checkpoints))
    assert resumed.go() is None
    for rows in (resumed.progress.history, straight.progress.history):
        for row in rows:
            del row["seconds"]
    assert resumed.progress.history == straight.progress.history
    for ours, theirs in zip(resumed.model.variables, straight.model.variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for ours, theirs in zip(resumed.monitor.best, straight.monitor.best, strict=True):
        np.testing.assert_array_equal(ours, theirs)
