"""What a person sees of a training: lines and TensorBoard curves (the bar needs a terminal: see
workflows/test_train.py).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rnnkit.training.callbacks import EpochLines, Samples, TensorBoard, clock
from tests.training import Rows, line_fit


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (0.4, "0:00"),
        (0.6, "0:01"),
        (59.4, "0:59"),
        (59.6, "1:00"),
        (187, "3:07"),
        (3599.6, "1:00:00"),
        (3720, "1:02:00"),
        (360_000, "100:00:00"),
    ],
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def lines_of(
    caplog: pytest.LogCaptureFixture, rows: list[dict[str, Any]], epochs: int
) -> list[str]:
    callback = EpochLines()
    callback.set_params({"epochs": epochs})
    caplog.clear()
    with caplog.at_level("INFO", logger="rnnkit"):
        for row in rows:
            callback.on_epoch_end(row["epoch"] - 1, row)
    return caplog.messages


def test_a_line_per_epoch_with_what_it_took_and_what_is_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    row = {
        "epoch": 1,
        "loss": 4.72641,
        "accuracy": 0.005,
        "val_loss": 5.0,
        "val_accuracy": 0.25,
        "learning_rate": 0.001,
        "seconds": 2.18,
    }
    lines = lines_of(caplog, [row, row | {"epoch": 2, "loss": 1.0, "seconds": 30.0}], epochs=10)
    assert [line.split() for line in lines] == [
        ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "left"],
        ["1/10", "4.7264", "0.0050", "5.0000", "0.2500", "2.18", "0:20"],
        ["2/10", "1.0000", "0.0050", "5.0000", "0.2500", "30.00", "4:00"],
    ]


def test_the_columns_stand_below_each_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    row = {
        "epoch": 9,
        "loss": 12.5,
        "accuracy": 1.0,
        "perplexity": 8337.2865,
        "learning_rate": 0.1,
        "seconds": 100.25,
    }
    for epochs in (9, 12, 100):
        header, line = lines_of(caplog, [row], epochs)
        assert [header.index(name) + len(name) for name in ("accuracy", "seconds", "left")] == [
            line.index(text) + len(text) for text in ("1.0000", "100.25", line.split()[-1])
        ], "\n".join(["", header, line])


def test_the_last_epoch_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert (
        lines_of(caplog, [{"epoch": 3, "loss": 1.0, "seconds": 5.0}], epochs=3)[-1].split()[-1]
        == "0:00"
    )


def test_samples_of_the_last_epoch_are_always_kept(tmp_path: Path) -> None:
    """Of epochs that take less than a second, the first and the last are written; the file says
    what the model said then.
    """
    asked: list[int] = []

    def sample() -> str:
        asked.append(len(asked) + 1)
        return f"sample {len(asked)} ˈsat"

    samples = Samples(tmp_path / "samples", sample)
    line_fit(Rows([1.0]), epochs=3).go([samples])
    written = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted((tmp_path / "samples").iterdir())
    }
    assert written["epoch-0001.txt"] == "sample 1 ˈsat\n"
    assert written["epoch-0003.txt"] == f"sample {len(asked)} ˈsat\n"
    assert len(written) == len(asked)
    assert samples.latest == f"sample {len(asked)} ˈsat"


def test_a_full_disk_costs_the_samples_but_not_the_training(tmp_path: Path) -> None:
    (tmp_path / "samples").write_text("a file where the folder should be", encoding="utf-8")
    fit = line_fit(Rows([1.0]), epochs=2)
    fit.go([Samples(tmp_path / "samples", lambda: "said")])
    assert fit.progress.epoch == 2


def curves(folder: Path) -> EventAccumulator:
    accumulator = EventAccumulator(
        str(folder), size_guidance={"scalars": 0, "histograms": 0, "tensors": 0}
    )
    accumulator.Reload()
    return accumulator


def test_tensorboard_reads_curves_weights_and_samples(tmp_path: Path) -> None:
    weights = {"dense/kernel": np.array([[0.0, 1.0], [2.0, 5.0]], np.float32)}
    fit = line_fit(Rows([1.0]), Rows([0.75]), epochs=3, schedule={"exponential": 0.5})
    fit.go([TensorBoard(tmp_path / "board", lambda: weights, lambda: "the cat ˈsat", looks=2)])
    read = curves(tmp_path / "board")
    for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"):
        events = read.Scalars(f"epoch/{name}")
        assert [event.step for event in events] == [1, 2, 3]
        assert [event.value for event in events] == pytest.approx(
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


def test_a_resumed_training_adds_its_curves(tmp_path: Path) -> None:
    for _ in range(2):
        line_fit(Rows([1.0]), epochs=1).go([TensorBoard(tmp_path / "board", dict, str)])
    assert len(list((tmp_path / "board").iterdir())) == 2
    assert len(curves(tmp_path / "board").Scalars("epoch/loss")) == 2


def test_curves_are_in_the_file_when_their_epoch_ends(tmp_path: Path) -> None:
    """So that a process that is killed later has them."""
    seen: list[list[int]] = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append([event.step for event in curves(tmp_path / "board").Scalars("epoch/loss")])

    line_fit(Rows([1.0]), epochs=2).go([TensorBoard(tmp_path / "board", dict, str), Look()])
    assert seen == [[1], [1, 2]]


def test_a_full_disk_costs_the_curves_but_not_the_training() -> None:
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
    assert [event.step for event in curves(Path("board")).Scalars("epoch/loss")] == [1]
