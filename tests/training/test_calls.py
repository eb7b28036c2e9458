"""Steps that share a call of the framework: which do, and that no number depends on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pytest

from rnnkit.backend import Begun
from rnnkit.config import parse_config
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.storage import npz_bytes
from rnnkit.tasks.prepared import Source
from rnnkit.training import calls
from rnnkit.training.batches import Batch
from rnnkit.training.callbacks import Bar
from rnnkit.training.calls import MOST_STEPS, most_steps, needs_each_step
from rnnkit.training.checkpoint import load_checkpoint
from rnnkit.workflows.job import Job, build, make_fit
from tests.training import Rows, line_fit, weight

# What has a state of its own: seeds of dropout, Adam's moments, the states between chunks, an
# average of the weights, a rate of each step. An epoch has 11 steps.
STREAM = """
task: {language_model: {stream: true, bptt: 10}}
data: {dataset: fable, tokenizer: char, split: {validation: 0.1}}
model: {embedding: 8, layers: [lstm: {units: 8, dropout: 0.2, weight_drop: 0.3}, dropout: 0.3]}
train: {schedule: cosine, average: 0.9, batch_size: 8, epochs: 2, max_steps: 20}
"""
# A last batch that is filled up, and kernels within keras' own steps.
WINDOWS = """
task: {language_model: {window: 3}}
data: {dataset: fable, split: {validation: 0.2}}
model: {embedding: 8, layers: [simple_rnn: {units: 8, recurrent_dropout: 0.2}, dropout: 0.3]}
train: {clip_norm: 0.5, batch_size: 20, epochs: 2, checkpoint: {every_steps: 5}}
"""


class Events(keras.callbacks.Callback):
    """The beginnings and ends of steps, as letters; it looks at nothing but logs."""

    takes_logs_late = True

    def __init__(self) -> None:
        super().__init__()
        self.letters = ""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.letters += "b"

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.letters += "e"


class EachStep(keras.callbacks.Callback):
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Nothing."""


@pytest.fixture
def slow_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls may take as long as they like, so that the machine's load does not matter."""
    monkeypatch.setattr(calls, "CALL_SECONDS", 1e9)


def kept(config: str, callbacks: list[Any]) -> tuple[bytes, str]:
    """What a training leaves: every variable and state to the last bit, and progress but for the
    seconds.
    """
    task = parse_config(config)
    data = task.prepare(Source(), None)
    job = Job(RunFolder.create("calls", config), task, data, task.network(data.codec), None)
    make_fit(job, build(job)).go(callbacks)
    checkpoint = load_checkpoint(job.run.checkpoints)
    progress = checkpoint.state["progress"]
    for row in [progress, *progress["history"]]:
        row.pop("seconds")
    progress.pop("epoch_seconds")
    return npz_bytes(checkpoint.arrays), json.dumps(progress)


@pytest.mark.backend
@pytest.mark.usefixtures("slow_calls")
@pytest.mark.parametrize(
    ("config", "most"),
    [(STREAM, 8), pytest.param(WINDOWS, 5, marks=pytest.mark.soak)],
    ids=["stream", "windows"],
)
def test_go_is_the_same_however_steps_share_calls(
    config: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two calls of four steps are under way at once, or all that there are to a checkpoint."""
    monkeypatch.setattr(calls, "MOST_STEPS", 4)
    events = Events()
    together = kept(config, [events])
    assert max(map(len, events.letters.split("e"))) == most
    assert together == kept(config, [EachStep()])


@pytest.mark.backend
@pytest.mark.usefixtures("slow_calls")
def test_go_steps_of_a_call_end_where_something_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first step is alone, since its time is unknown; then epochs of 6, and every 4 steps a
    checkpoint; a call for the last one, whose rows are fewer. A call begins before the one before
    it is read, unless that ends an epoch or with a checkpoint.
    """

    class Fewer(Rows):
        def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
            inputs, targets, weights = super().shuffled(random_seed, epoch, step)
            rows = 1 if step == 5 else 2
            return inputs[:rows], targets[:rows], weights[:rows]

    events, rows = Events(), Fewer([1.0] * 12, batch_size=2)
    fit = line_fit(
        rows, epochs=3, max_steps=15, checkpoint={"every_steps": 4, "every_seconds": None}
    )
    sizes, begin = [], fit._train_step.begin

    def recorded(batches: Sequence[Batch], rates: Sequence[float]) -> Begun:
        sizes.append(len(batches))
        return begin(batches, rates)

    monkeypatch.setattr(fit._train_step, "begin", recorded)
    fit.go([events])
    assert sizes == [1, 3, 1, 1, 2, 3, 1, 3]
    together = ["be", "bbbeee", "bbee", "bbee", "bbbbeeee", "bbbeee"]
    assert events.letters == "".join(together)
    assert weight(fit) == 1 - 2.0**-15


@pytest.mark.backend
@pytest.mark.usefixtures("slow_calls")
def test_go_infinite_loss_within_a_call_names_its_step() -> None:
    class Poison(Rows):
        def shuffled(self, random_seed: int, epoch: int, step: int) -> Batch:
            inputs, targets, weights = super().shuffled(random_seed, epoch, step)
            return inputs, targets + np.float32(np.inf if (epoch, step) == (1, 4) else 0), weights

    options = {"every_steps": 2, "every_seconds": None}
    fit = line_fit(Poison([1.0] * 7, batch_size=1), epochs=2, checkpoint=options)
    with pytest.raises(RnnkitError, match=r"epoch 2, step 5 \(step 12 in all\).*inf"):
        fit.go()
    assert fit.progress.step == 11
    assert load_checkpoint(fit.run.checkpoints).arrays["0000/kernel"] == 1 - 2.0**-10


def test_most_steps_of_short_and_long_ones() -> None:
    assert most_steps(np.inf) == most_steps(10.0) == 1
    assert most_steps(1e-9) == most_steps(0.0) == MOST_STEPS
    assert 1 < most_steps(0.01) < MOST_STEPS


def test_needs_each_step_what_does_something_at_one() -> None:
    quiet = [keras.callbacks.Callback(), keras.callbacks.EarlyStopping(), Bar(0, 9), Events()]
    assert not any(map(needs_each_step, quiet))
    function = keras.callbacks.LambdaCallback(on_train_batch_end=print)
    assert all(map(needs_each_step, [function, EachStep(), keras.callbacks.ProgbarLogger()]))
