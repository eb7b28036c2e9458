"""A training that is stopped, resumed and asked where Windows' refusals hold."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import keras
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.platform import files, system
from rnnkit.platform.names import portable
from rnnkit.run import RunFolder
from rnnkit.workflows.train import resume, train
from tests.cli.invoke import done
from tests.helpers.windows import windows

CONFIG = """
task: classification
data: {dataset: {csv: {path: reviews.csv, text: text, label: label}}, split: {validation: 0.25}}
model: {embedding: 4, layers: [simple_rnn: 4]}
train: {batch_size: 8, epochs: 2, checkpoint: {every_steps: 1, every_seconds: null}}
"""
WORDS = ("good", "bad")
ROWS = "".join(f"film {index % 5} is {word},{word}\n" for index in range(20) for word in WORDS)


class _Stop(keras.callbacks.Callback):
    """Ctrl-C after a step."""

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        if batch == 1:
            signal.raise_signal(signal.SIGINT)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RNNKIT_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_train_stops_resumes_and_answers(
    tmp_path: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "aux.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "reviews.csv").write_text(f"text,label\n{ROWS}", encoding="utf-8")
    with windows(tmp_path) as heard:
        stopped = train(str(tmp_path / "aux.yaml"), callbacks=[_Stop()])
        assert stopped.signal == signal.SIGINT
        assert stopped.run.path == runs / "run-aux"
        finished = resume(str(stopped.run))
        assert finished.signal is None
        output = tmp_path / "next.csv"
        files_of = ("--input", tmp_path / "reviews.csv", "--output", output)
        done("predict", stopped.run, *files_of)
        done("predict", stopped.run, *files_of, "--overwrite")
        done("evaluate", str(stopped.run))
        done("runs")
    assert output.stat().st_size
    assert heard == []
    assert not list(runs.rglob("*.tmp"))


def test_replace_waits_for_who_has_the_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virus scanner or an editor lets go after a moment, or does not."""
    source, target = tmp_path / "new", tmp_path / "old"
    source.write_text("new")
    target.write_text("old")
    waits: list[float] = []
    with windows(tmp_path) as heard:
        held = open(target, encoding="utf-8")  # noqa: SIM115

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 2:
                held.close()

        monkeypatch.setattr(files.time, "sleep", sleep)
        files.replace(source, target)
    assert len(heard) == 2
    assert target.read_text() == "new"
    monkeypatch.setattr(files, "PATIENCE_SECONDS", 0.0)
    source.write_text("newer")
    with windows(tmp_path), open(target, encoding="utf-8"), pytest.raises(PermissionError):
        files.replace(source, target)
    assert target.read_text() == "new"


def test_rename_folder_waits_for_a_file_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "step.tmp"
    folder.mkdir()
    held = open(folder / "state", "w", encoding="utf-8")  # noqa: SIM115
    monkeypatch.setattr(files.time, "sleep", lambda seconds: held.close())
    with windows(tmp_path):
        files.rename_folder(folder, tmp_path / "step")
    assert (tmp_path / "step" / "state").exists()


@pytest.mark.parametrize("is_supported", [True, False])
def test_sync_file_on_macos_goes_beyond_fsync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_supported: bool
) -> None:
    import fcntl

    asked: list[object] = []

    def control(descriptor: int, command: int) -> int:
        asked.append(command)
        if not is_supported:  # a drive of the network
            raise OSError
        return 0

    monkeypatch.setattr(system, "NAME", "darwin")
    monkeypatch.setattr(fcntl, "fcntl", control)
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(os, "fsync", lambda descriptor: asked.append("fsync"))
    with open(tmp_path / "file", "wb") as file:
        files.sync_file(file)
    assert asked == ([51] if is_supported else [51, "fsync"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fable", "fable"),
        ("größe 2", "größe 2"),
        ("a.b", "a.b"),
        ("con", "run-con"),
        ("CON", "run-CON"),
        ("aux.v2", "run-aux.v2"),
        ("com1", "run-com1"),
        ("CONIN$", "run-CONIN$"),
        ("LPT\N{SUPERSCRIPT TWO}.x", "run-LPT\N{SUPERSCRIPT TWO}.x"),
        ("lpt9 .x", "run-lpt9 .x"),
        ("console", "console"),
        ("com", "com"),
        ("trailing.", "trailing"),
        ("trailing ", "trailing"),
        ("a:b", "a_b"),
        ('a<b>"c|d?e*', "a_b__c_d_e_"),
        ("a\\b", "a_b"),
        ("line\nend", "line_end"),
        ("...", "run"),
        ("", "run"),
    ],
)
def test_portable_names(name: str, expected: str) -> None:
    assert portable(name) == expected
    assert portable(expected) == expected


def test_create_takes_small_and_capital_letters_for_one_name(runs: Path) -> None:
    names = [RunFolder.create(name, CONFIG).path.name for name in ("a", "A", "a-2")]
    assert names == ["a", "A-2", "a-2-2"]
    assert len({name.casefold() for name in names}) == 3


def test_create_names_a_path_that_is_too_long_for_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 200) / "runs"
    monkeypatch.setenv("RNNKIT_RUNS", str(deep))
    with windows(tmp_path), pytest.raises(RnnkitError, match=r"letters.*RNNKIT_RUNS"):
        RunFolder.create("a", CONFIG)
    assert not deep.exists()
    deep.parent.mkdir()
    assert RunFolder.create("a", CONFIG).path.parent == deep
