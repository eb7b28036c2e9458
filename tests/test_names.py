"""One rule says what a name stands for."""

from __future__ import annotations

import logging
import os
import time
import unicodedata
from pathlib import Path

import pytest

from rnnkit.config import load_config, shipped_configs
from rnnkit.errors import RnnkitError
from rnnkit.names import find_config, find_run, list_runs, newest_run
from rnnkit.run import RunFolder

FABLE = (
    "task: {language_model: {window: 3}}",
    "data: {dataset: fable}",
    "model: {embedding: 3, layers: [gru: 3]}",
)
CONFIG = "task: {language_model: {window: 3}}\n"


@pytest.fixture
def run(runs: Path) -> RunFolder:
    return RunFolder.create("mine", CONFIG)


def test_find_config_takes_a_path_first(tmp_path: Path) -> None:
    (tmp_path / "fable").write_text(CONFIG)
    assert find_config("fable") == Path("fable")
    assert find_config(str(tmp_path / "fable")) == tmp_path / "fable"


def test_find_config_takes_a_run_folder_and_a_runs_name(run: RunFolder) -> None:
    assert find_config(str(run.path)) == run.config
    assert find_config("mine") == run.config


def test_find_config_reports_a_name_that_is_a_run_too(
    runs: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("rnnkit"), "propagate", True)
    twin = RunFolder.create("fable", CONFIG)
    with caplog.at_level(logging.INFO, "rnnkit"):
        assert find_config("fable") == shipped_configs()["fable"]
    assert str(twin.config) in caplog.text
    assert find_config("fable", prefers_run=True) == twin.config


@pytest.mark.parametrize(
    ("name", "guess"), [("fabel", "fable"), ("minne", "mine"), ("configs/none.yaml", ""), ("", "")]
)
def test_find_config_of_an_unknown_name(run: RunFolder, name: str, guess: str) -> None:
    with pytest.raises(RnnkitError) as caught:
        find_config(name)
    assert caught.value.where == (name or "config")
    assert "Expected a path, a run or a shipped config" in str(caught.value)
    assert len(str(caught.value)) < 150
    assert (f"Did you mean {guess!r}?" in str(caught.value)) == bool(guess)


def test_find_config_of_a_folder_without_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RnnkitError, match=r"^empty: .*without"):
        find_config("empty")


def test_find_run_takes_a_path_and_a_name(run: RunFolder) -> None:
    assert find_run(str(run.path)).path == run.path
    assert find_run("mine").path == run.path


def test_find_run_takes_a_name_that_is_composed_otherwise(runs: Path) -> None:
    apart = RunFolder.create(unicodedata.normalize("NFD", "cafés"), CONFIG)
    assert find_run(unicodedata.normalize("NFC", "cafés")).path.samefile(apart.path)


@pytest.mark.parametrize(
    ("name", "key"), [("minne", "'mine'"), ("fable", "no such run"), ("", "no such run")]
)
def test_find_run_of_an_unknown_name(run: RunFolder, name: str, key: str) -> None:
    with pytest.raises(RnnkitError, match=f"^{name or 'run'}: .*{key}"):
        find_run(name)


def test_find_run_refuses_what_holds_no_run(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(RnnkitError, match=r"^folder: .*config\.yaml"):
        find_run("folder")
    with pytest.raises(RnnkitError, match=r"^file: a file"):
        find_run("file")


def test_newest_run_names_what_is_missing(run: RunFolder) -> None:
    with pytest.raises(RnnkitError, match="no trained run that generates text"):
        newest_run(lambda run: True, "generates text")


def test_newest_run_is_the_last_that_was_trained_and_fits() -> None:
    old, new = (RunFolder.create(name, CONFIG) for name in ("old", "new"))
    RunFolder.create("not-trained", CONFIG)
    for age, run in ((100, old), (10, new)):
        run.save_weights({}, {"task": run.path.name, "best": {}})
        os.utime(run.manifest, (time.time() - age, time.time() - age))
    assert newest_run(lambda run: True).path == new.path
    assert newest_run(lambda run: run.load_manifest()["task"] == "old").path == old.path
    os.utime(old.manifest)  # it was trained further
    assert newest_run(lambda run: True).path == old.path
    assert [run.path.name for run in list_runs()] == ["old", "new", "not-trained"]


def test_newest_run_says_which_newer_run_needs_code(runs: Path, said: list[str]) -> None:
    def opens(run: RunFolder) -> bool:
        return bool(load_config(run.config))

    names = ["old", "new"]
    for age, name in enumerate(names):
        run = RunFolder.create(name, "\n".join(FABLE))
        run.save_weights({}, {"task": "language_model"})
        for path in (run.weights, run.manifest, run.config):
            os.utime(path, (0, 1000 * age))
    newer = runs / "new" / "config.yaml"
    newer.write_text(newer.read_text().replace("gru: 3", '"my:Layer"'), encoding="utf-8")
    assert newest_run(opens).path.name == "old"
    (line,) = [line for line in said if "--code" in line]
    assert "new needs `--code my.py`" in line
    (runs / "old" / "manifest.json").unlink()
    with pytest.raises(RnnkitError, match=r"no trained run.*new needs.*add `--code my\.py`"):
        newest_run(opens)
