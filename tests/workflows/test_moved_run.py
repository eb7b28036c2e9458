"""A run's folder that is moved, removed or full of links while it trains."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import rnnkit
from rnnkit.errors import RUN_FAILED, RnnkitError
from rnnkit.movable_folder import MovableFolder
from rnnkit.run import RunFolder
from rnnkit.training.checkpoint import save_checkpoint
from rnnkit.workflows.train import train

keras = pytest.importorskip("keras")

SMALL = {
    "task": {"language_model": {"window": 3}},
    "data": {"dataset": "fable"},
    "model": {"embedding": 2, "layers": [{"simple_rnn": 2}]},
    "train": {"epochs": 3, "batch_size": 64, "checkpoint": {"every_steps": 1}},
}


class AfterAnEpoch(keras.callbacks.Callback):  # type: ignore[misc,name-defined]
    """What somebody else does to the run's folder, meanwhile."""

    def __init__(self, change: Callable[[], object]):
        super().__init__()
        self._change = change

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        if epoch == 0:
            self._change()


def test_a_run_that_is_moved_trains_on_where_it_is(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    moved = tmp_path / "elsewhere" / "mine"
    first, *_ = [runs / "language_model"]
    training = train(SMALL, callbacks=[AfterAnEpoch(lambda: first.rename(moved))])
    assert training.run.path.resolve() == moved.resolve()
    assert not first.exists()
    assert len((moved / "history.csv").read_text(encoding="utf-8").splitlines()) == 4
    log = (moved / "training.log").read_text(encoding="utf-8")
    assert "work goes on there" in log
    assert "3/3" in log
    assert len(list((moved / "samples").iterdir())) >= 2
    assert rnnkit.load_run(moved).generate("had a general")


def test_a_run_that_is_removed_stops_and_is_not_made_anew(runs: Path) -> None:
    first = runs / "language_model"
    with pytest.raises(RnnkitError, match="language_model: the folder was removed") as caught:
        train(SMALL, callbacks=[AfterAnEpoch(lambda: shutil.rmtree(first))])
    assert caught.value.exit_code == RUN_FAILED
    assert list(runs.iterdir()) == []


def test_held_folder_follows_within_its_parent_without_proc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rnnkit.platform.files.OPEN_FILES", tmp_path / "none")
    (tmp_path / "a").mkdir()
    held = MovableFolder(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    (tmp_path / "a").mkdir()  # another one of its name
    assert held.path() == tmp_path / "b"
    held.close()


@pytest.mark.parametrize("name", [".lock", "training.log", "samples", "tensorboard", "checkpoints"])
def test_lock_refuses_links_in_a_run(name: str, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    (tmp_path / "run" / name).symlink_to(tmp_path / "mine")
    with pytest.raises(RnnkitError, match=f"{name}.*a link"), RunFolder(tmp_path / "run").lock():
        pass
    assert (tmp_path / "mine").read_text(encoding="utf-8") == "mine"


def test_save_checkpoint_makes_no_run_anew(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        save_checkpoint(tmp_path / "gone" / "checkpoints", 1, {}, {}, keep=1)
    assert list(tmp_path.iterdir()) == []
