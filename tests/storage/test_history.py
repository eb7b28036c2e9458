"""history.csv: what a training wrote is read as it was; anything else is refused."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.storage.history import History, history_text, read_history

ROWS = [
    {"epoch": 1, "loss": 0.1 + 0.2, "val_loss": math.inf, "seconds": 1.5},
    {"epoch": 2, "loss": 1e-9, "val_loss": math.nan, "seconds": 0.25, "accuracy": 1.0},
]
WHOLE = "epoch,loss,seconds\n1,0.5,1.0\n2,0.25,1.0\n"


def read(path: Path) -> History:
    return read_history(path, "Copy it")


def test_read_history_gives_what_was_written(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(history_text(ROWS))
    history = read(tmp_path / "history.csv")
    assert list(history.epochs) == [1, 2]
    assert history.columns["loss"] == [0.1 + 0.2, 1e-9]
    assert history.columns["val_loss"][0] == math.inf
    assert [math.isnan(value) for value in history.columns["accuracy"]] == [True, False]


DAMAGED = {
    "": "empty",
    "epoch,loss,seconds\n": "no epochs",
    WHOLE[:-1]: "half",
    WHOLE[:-6]: "half",
    WHOLE + "3,0.1\n": "row 4.*2 fields",
    WHOLE + "\n": "row 4.*0 fields",
    WHOLE + "2,0.1,1.0\n": "epoch 2 stands",
    WHOLE + "4,0.1,1.0\n": "epoch 4 stands",
    WHOLE.replace("1,0.5", "1.5,0.5"): "epoch 1.5",
    WHOLE.replace("0.25", "low"): "row 3.*'low'",
    WHOLE.replace("0.25", "1_0"): "row 3.*'1_0'",
    WHOLE.replace("0.25", "\u0663"): "row 3",
    WHOLE.replace("0.25", "nan"): "epoch 2.*loss",
    WHOLE.replace("0.25", ""): "epoch 2 has no 'loss'",
    WHOLE.replace("0.25", '"0.2'): "damaged",
    WHOLE.replace("1.0", "-1.0"): "epoch 1.*seconds",
    WHOLE.replace("0.25", "9" * 500): "row 3",
    WHOLE.replace("loss", "LOSS"): "no 'loss'",
    WHOLE.replace("loss", "epoch"): "twice",
    WHOLE.replace("loss", ""): "row 1",
    "text,label\ngood,a\n": "row 2.*'good'",
    "\ufeff" + WHOLE: "no 'epoch'",
    "\0" * 100 + "\n": "row 2|row 1|no 'epoch'|no epochs|line contains NUL",
    "," * 5000 + "\n": "row 1",
}


@pytest.mark.parametrize(("text", "words"), DAMAGED.items(), ids=range(len(DAMAGED)))
def test_read_history_refuses_damage(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "history.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RnnkitError, match=rf"history\.csv.*({words}).*Expected.*Copy it"):
        read(path)


KINDS: dict[str, Callable[[Path], object]] = {
    "no such file": lambda path: None,
    "a link": lambda path: path.symlink_to("elsewhere.csv"),
    "a pipe": os.mkfifo,
    "damaged": lambda path: path.mkdir(),
    "utf-8": lambda path: path.write_bytes(b"\xff\xfe"),
    "more than": lambda path: (path.touch(), os.truncate(path, 1 << 40)),
}


@pytest.mark.parametrize("words", KINDS)
def test_read_history_refuses_what_is_no_regular_small_file(tmp_path: Path, words: str) -> None:
    KINDS[words](tmp_path / "history.csv")
    with pytest.raises(RnnkitError, match=rf"history\.csv.*{words}"):
        read(tmp_path / "history.csv")
