"""One training at a time in a process."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import keras
import pytest

from rnnkit.api import train
from rnnkit.errors import RnnkitError

CONFIG = """\
task: {language_model: {window: 2}}
data: {dataset: {text: rhyme.txt}, split: 0}
model: {embedding: 3, layers: [dropout: 0.2, simple_rnn: 3]}
train: {epochs: 1, batch_size: 50}
"""


class TrainsMeanwhile(keras.callbacks.Callback):
    """Starts a thread within the training, which outlasts it, and trains in the same thread."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = threading.Thread(target=self.train_in_thread)
        self.refused = ""

    def train_in_thread(self) -> None:
        self.run_of_thread = train("rhyme.yaml")

    def on_train_begin(self, logs: Any = None) -> None:
        self.thread.start()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        with pytest.raises(RnnkitError) as caught:
            train("rhyme.yaml")
        self.refused = str(caught.value)


def test_training_lock_gives_two_threads_what_each_gets_alone(
    tmp_path: Path, runs: Path, said: list[str]
) -> None:
    (tmp_path / "rhyme.txt").write_text("one two three four five " * 20, encoding="utf-8")
    (tmp_path / "rhyme.yaml").write_text(CONFIG, encoding="utf-8")
    meanwhile = TrainsMeanwhile()
    first = train("rhyme.yaml", callbacks=[meanwhile])
    meanwhile.thread.join()
    weights = [(run.path / "weights.npz").read_bytes() for run in (first, meanwhile.run_of_thread)]
    assert weights[0] == weights[1]
    assert any("another training" in line for line in said)
    assert "callback" in meanwhile.refused
    logs = [(run.path / "training.log").read_text() for run in (first, meanwhile.run_of_thread)]
    assert logs[0].count("\n") == logs[1].count("\n")
    assert "another training" not in logs[0] + logs[1]
    assert len(list(runs.iterdir())) == 2
