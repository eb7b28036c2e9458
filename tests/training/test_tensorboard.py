"""What TensorBoard shows of a whole training: curves, histograms of every weight, and what the
model says.
"""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rnnkit import api
from rnnkit.data.datasets.fable import FABLE
from rnnkit.run import RunFolder
from rnnkit.training.tensorboard import TensorBoard
from tests.training import Rows, line_fit

EPOCHS = 12


def silent(line: str) -> None:
    pass


def events(folder: Path) -> EventAccumulator:
    accumulator = EventAccumulator(
        str(folder), size_guidance={"scalars": 0, "histograms": 0, "tensors": 0}
    )
    accumulator.Reload()
    return accumulator


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A training of twelve epochs with validation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(tmp_path_factory.mktemp("runs")))
        overrides = [
            f"train.epochs={EPOCHS}",
            "data.split=0.2",
            "model.layers.0.simple_rnn.units=6",
            "model.embedding=5",
        ]
        return api.train("fable_simple_rnn", *overrides).folder


def test_tensorboard_has_a_curve_for_every_column_of_the_history(run: RunFolder) -> None:
    with open(run.history, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    shown = events(run.tensorboard)
    assert set(shown.Tags()["scalars"]) == {f"epoch/{name}" for name in rows[0] if name != "epoch"}
    assert {
        "epoch/loss",
        "epoch/val_loss",
        "epoch/accuracy",
        "epoch/val_accuracy",
        "epoch/learning_rate",
    } <= set(shown.Tags()["scalars"])
    for name in rows[0].keys() - {"epoch"}:
        points = shown.Scalars(f"epoch/{name}")
        assert [point.step for point in points] == list(range(1, EPOCHS + 1))
        assert [point.value for point in points] == pytest.approx(
            [float(row[name]) for row in rows], rel=1e-5
        )
    times = [point.wall_time for point in shown.Scalars("epoch/loss")]
    assert times == sorted(times)


def test_tensorboard_has_a_histogram_for_every_weight(run: RunFolder) -> None:
    shown = events(run.tensorboard)
    arrays = json.loads(run.manifest.read_text())["arrays"]
    assert set(shown.Tags()["histograms"]) == {f"weights/{name}" for name in arrays}
    assert "weights/simple_rnn/recurrent_kernel" in shown.Tags()["histograms"]
    for name, array in arrays.items():
        histograms = shown.Histograms(f"weights/{name}")
        for histogram in histograms:
            value = histogram.histogram_value
            assert value.num == np.prod(array["shape"]) == sum(value.bucket)
            assert value.min <= value.sum / value.num <= value.max
            assert len(value.bucket) == len(value.bucket_limit)
        # at most ten looks
        assert [histogram.step for histogram in histograms] == [2, 4, 6, 8, 10, 12]


def test_tensorboard_last_histogram_is_of_the_last_weights(run: RunFolder) -> None:
    best = json.loads(run.manifest.read_text())["best"]["epoch"]
    histograms = {
        event.step: event.histogram_value
        for event in events(run.tensorboard).Histograms("weights/logits/kernel")
    }
    with np.load(run.weights) as arrays:
        kept = arrays["logits/kernel"]
    if best in histograms:
        assert (histograms[best].min, histograms[best].max) == pytest.approx(
            (kept.min(), kept.max()), rel=1e-6
        )
    assert histograms[2].sum_squares != histograms[12].sum_squares  # they moved


def test_tensorboard_has_samples_of_text(run: RunFolder) -> None:
    shown = events(run.tensorboard)
    assert "sample" in shown.Tags()["tensors"]
    samples = shown.Tensors("sample")
    assert [sample.step for sample in samples] == [2, 4, 6, 8, 10, 12]
    for sample in samples:
        (text,) = (value.decode() for value in sample.tensor_proto.string_val)
        assert text.startswith(FABLE[: len("long ago, the")].removesuffix(" the"))
        assert len(text) > 30
    assert shown.SummaryMetadata("sample").plugin_data.plugin_name == "text"


def test_tensorboard_resumed_run_continues_its_curves(tmp_path: Path, runs: Path) -> None:
    from rnnkit.workflows.train import resume

    first = api.train("fable_simple_rnn", "train.epochs=3").folder
    resume(str(first), ["train.epochs=5"])
    points = events(first.tensorboard).Scalars("epoch/loss")
    assert [point.step for point in points] == [1, 2, 3, 4, 5]
    assert len(list(first.tensorboard.glob("events.*"))) == 2


def test_tensorboard_has_forecasts_of_a_forecaster(runs: Path) -> None:
    run = api.train("toy_two_steps", "train.epochs=2").folder
    (text,) = (
        value.decode()
        for value in events(run.tensorboard).Tensors("sample")[-1].tensor_proto.string_val
    )
    assert re.fullmatch(r"after 0\.1 0\.2: -?[\d.e-]+", text)
    assert set(events(run.tensorboard).Tags()["histograms"]) == {
        f"weights/{name}"
        for name in (
            "simple_rnn/kernel",
            "simple_rnn/recurrent_kernel",
            "simple_rnn/bias",
            "forecast/kernel",
            "forecast/bias",
        )
    }


# The callback alone


def test_tensorboard_is_read_by_its_own_reader(tmp_path: Path) -> None:
    weights = {"dense/kernel": np.array([[0.0, 1.0], [2.0, 5.0]], np.float32)}
    fit = line_fit(Rows([1.0]), Rows([0.75]), epochs=3, schedule={"exponential": 0.5})
    fit.go([TensorBoard(tmp_path / "board", lambda: weights, lambda: "the cat ˈsat", looks=2)])
    read = events(tmp_path / "board")
    for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"):
        points = read.Scalars(f"epoch/{name}")
        assert [event.step for event in points] == [1, 2, 3]
        assert [event.value for event in points] == pytest.approx(
            [row[name] for row in fit.progress.history], rel=1e-6
        )
    histograms = read.Histograms("weights/dense/kernel")
    assert [event.step for event in histograms] == [2, 3]
    value = histograms[0].histogram_value
    assert (value.min, value.max, value.num, value.sum, value.sum_squares) == (
        0.0,
        5.0,
        4.0,
        8.0,
        30.0,
    )
    assert sum(value.bucket) == 4
    assert [event.tensor_proto.string_val[0].decode() for event in read.Tensors("sample")] == [
        "the cat ˈsat"
    ] * 2


def test_tensorboard_resumed_fit_adds_its_curves(tmp_path: Path) -> None:
    for _ in range(2):
        line_fit(Rows([1.0]), epochs=1).go([TensorBoard(tmp_path / "board", dict, str)])
    assert len(list((tmp_path / "board").iterdir())) == 2
    assert len(events(tmp_path / "board").Scalars("epoch/loss")) == 2


def test_tensorboard_writes_curves_when_their_epoch_ends(tmp_path: Path) -> None:
    """So that a process that is killed later has them."""
    seen: list[list[int]] = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append([event.step for event in events(tmp_path / "board").Scalars("epoch/loss")])

    line_fit(Rows([1.0]), epochs=2).go([TensorBoard(tmp_path / "board", dict, str), Look()])
    assert seen == [[1], [1, 2]]


def test_tensorboard_full_disk_does_not_stop_the_training() -> None:
    board = TensorBoard(Path("board"), dict, str)
    fit = line_fit(Rows([1.0]), epochs=3)

    class Fill(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:  # the file that is open becomes the device that is always full
                descriptor = next(
                    int(link.name)
                    for link in Path("/proc/self/fd").iterdir()
                    if "tfevents" in str(link.resolve())
                )
                full = os.open("/dev/full", os.O_WRONLY)
                os.dup2(full, descriptor)
                os.close(full)

    fit.go([board, Fill()])
    assert fit.progress.epoch == 3
    assert [event.step for event in events(Path("board")).Scalars("epoch/loss")] == [1]
