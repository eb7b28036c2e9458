"""What a person sees of a training (the bar needs a terminal: see workflows/test_train.py)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnnkit.training.callbacks import EpochLines, Samples, clock
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


Lines = Callable[[list[dict[str, Any]], int], list[str]]


@pytest.fixture
def lines_of(caplog: pytest.LogCaptureFixture) -> Lines:
    """From the rows of some epochs, and the number of all, to what is shown."""
    caplog.set_level(logging.INFO, "rnnkit")

    def lines(rows: list[dict[str, Any]], epochs: int) -> list[str]:
        caplog.clear()
        show(rows, epochs)
        return caplog.messages

    return lines


def show(rows: list[dict[str, Any]], epochs: int) -> None:
    callback = EpochLines()
    callback.set_params({"epochs": epochs})
    for row in rows:
        callback.on_epoch_end(row["epoch"] - 1, row)


def test_epoch_lines_keep_their_columns(lines_of: Lines) -> None:
    row = {"loss": 3.2, "perplexity": 24.5325, "seconds": 1.0}
    header, *lines = lines_of([{**row, "epoch": 1}, {**row, "epoch": 2, "perplexity": 7.1e48}], 2)
    assert {len(line) for line in lines} == {len(header)}
    assert " 7.1e+48 " in lines[1]


def test_epoch_lines(lines_of: Lines) -> None:
    row = {
        "epoch": 1,
        "loss": 4.72641,
        "accuracy": 0.005,
        "val_loss": 5.0,
        "val_accuracy": 0.25,
        "learning_rate": 0.001,
        "seconds": 2.18,
    }
    lines = lines_of([row, row | {"epoch": 2, "loss": 1.0, "seconds": 30.0}], 10)
    assert [line.split() for line in lines] == [
        ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "left"],
        ["1/10", "4.7264", "0.0050", "5.0000", "0.2500", "2.18", "0:20"],
        ["2/10", "1.0000", "0.0050", "5.0000", "0.2500", "30.00", "4:00"],
    ]


def test_epoch_lines_columns_are_aligned(lines_of: Lines) -> None:
    row = {
        "epoch": 9,
        "loss": 12.5,
        "accuracy": 1.0,
        "perplexity": 8337.2865,
        "learning_rate": 0.1,
        "seconds": 100.25,
    }
    for epochs in (9, 12, 100):
        header, line = lines_of([row], epochs)
        assert [header.index(name) + len(name) for name in ("accuracy", "seconds", "left")] == [
            line.index(text) + len(text) for text in ("1.0000", "100.25", line.split()[-1])
        ], "\n".join(["", header, line])


def test_epoch_lines_last_epoch(lines_of: Lines) -> None:
    assert lines_of([{"epoch": 3, "loss": 1.0, "seconds": 5.0}], 3)[-1].split()[-1] == "0:00"


def test_samples_of_the_last_epoch(tmp_path: Path) -> None:
    """Of epochs that take less than a second, the first and the last are written; the file says
    what the model said then.
    """
    asked: list[int] = []

    def sample() -> str:
        asked.append(len(asked) + 1)
        return f"sample {len(asked)} ˈsat"

    samples = Samples(lambda: tmp_path / "samples", sample)
    line_fit(Rows([1.0]), epochs=3).go([samples])
    written = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted((tmp_path / "samples").iterdir())
    }
    assert written["epoch-0001.txt"] == "sample 1 ˈsat\n"
    assert written["epoch-0003.txt"] == f"sample {len(asked)} ˈsat\n"
    assert len(written) == len(asked)
    assert samples.latest == f"sample {len(asked)} ˈsat"


def test_samples_full_disk(tmp_path: Path) -> None:
    (tmp_path / "samples").write_text("a file where the folder should be", encoding="utf-8")
    fit = line_fit(Rows([1.0]), epochs=2)
    fit.go([Samples(lambda: tmp_path / "samples", lambda: "said")])
    assert fit.progress.epoch == 2
