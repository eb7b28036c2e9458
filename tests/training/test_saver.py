"""Checkpoints on a disk that is full for a while."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pytest

from rnnkit.errors import TRY_AGAIN, RnnkitError
from rnnkit.run import RunFolder
from rnnkit.training.checkpoint import load_checkpoint
from tests.helpers.small_disk import small_disk as mounted_disk
from tests.training import Rows, line_fit


class FillAfter(keras.callbacks.Callback):
    """Fills the disk to its last byte after a step, and frees it after a later one."""

    def __init__(self, disk: Path, step: int, free_after: int | None = None):
        super().__init__()
        self._filler, self._step, self._free_after = disk / f"filler-{step}", step, free_after

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == self._step:
            with open(self._filler, "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(1024))
                except OSError:
                    pass
        if batch == self._free_after:
            self._filler.unlink()


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A real disk of half a megabyte, on which runs are kept."""
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "disk"))
    with mounted_disk(tmp_path / "disk", "512k") as disk:
        yield disk


def test_saver_third_failure_in_a_row(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    fit = line_fit(
        Rows([1.0] * 9, batch_size=1),
        run=RunFolder.create("full", "x\n"),
        epochs=1,
        checkpoint={"every_steps": 1},
    )
    assert fit.run.path.is_relative_to(small_disk)
    with pytest.raises(
        RnnkitError, match=r"checkpoint of step 5 not written: No space left on device.*--resume"
    ) as caught:
        fit.go([FillAfter(small_disk, 2)])
    assert caught.value.exit_code == TRY_AGAIN
    assert [line.split(" not")[0] for line in caplog.messages] == [
        f"checkpoint of step {step}" for step in (3, 4)
    ]
    checkpoint = load_checkpoint(fit.run.checkpoints)
    assert checkpoint.state["progress"]["step"] == 2
    assert checkpoint.arrays["0000/kernel"] == 1 - 2**-2
    assert [path.name for path in fit.run.checkpoints.iterdir() if path.suffix == ".tmp"] == []


def test_saver_disk_freed_in_time(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    fit = line_fit(
        Rows([1.0] * 9, batch_size=1),
        run=RunFolder.create("full", "x\n"),
        epochs=1,
        checkpoint={"every_steps": 1},
    )
    assert (
        fit.go([FillAfter(small_disk, 0, free_after=2), FillAfter(small_disk, 4, free_after=6)])
        is None
    )
    assert [line.split(" not")[0] for line in caplog.messages] == [
        f"checkpoint of step {step}" for step in (1, 2, 5, 6)
    ]
    assert load_checkpoint(fit.run.checkpoints).state["progress"]["step"] == 9


def test_saver_resumed_after_the_end(small_disk: Path, caplog: pytest.LogCaptureFixture) -> None:
    options = {"checkpoint": {"every_steps": 1, "every_seconds": None}}
    first = line_fit(
        Rows([1.0] * 4, batch_size=1), run=RunFolder.create("full", "x\n"), epochs=1, **options
    )
    first.go()
    second = line_fit(Rows([1.0] * 4, batch_size=1), run=first.run, epochs=2, **options)
    second.restore(load_checkpoint(first.run.checkpoints))
    assert second.go([FillAfter(small_disk, 0, free_after=1)]) is None
    assert len(caplog.messages) == 1
    assert second.progress.step == 8


def test_saver_last_checkpoint_must_be_written(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fit = line_fit(Rows([1.0] * 2, batch_size=1), run=RunFolder.create("full", "x\n"), epochs=2)
    with pytest.raises(
        RnnkitError, match=r"checkpoint of step 4 not written: No space left on device.*--resume"
    ):
        fit.go([FillAfter(small_disk, 0)])
    assert [line.split(" not")[0] for line in caplog.messages] == ["history.csv"] * 2
