"""Files that are one state, under SIGKILL before every single file operation."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.storage import write_bytes, write_json
from rnnkit.storage.together import SAVED, new_folder, settle, written_together
from tests.helpers.killing import is_killed_at

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def save(run: RunFolder, number: int) -> None:
    """A whole state, each file of which says its number."""
    with run.lock(), run.replacing() as new:
        new.save_weights({"a/b": np.full((2,), number, np.float32)}, {"task": "t", "best": number})
        write_json(new.labels, {"number": number})
        write_json(new.metrics, {"number": number})
        new.keras_export.write_text(str(number))


def state(run: RunFolder) -> set[int]:
    """The numbers that its files say, read as any verb reads them."""
    numbers = {int(run.load_weights({"a/b": (2,)})["a/b"][0]), run.load_manifest()["best"]}
    numbers |= {json.loads(path.read_text())["number"] for path in (run.labels, run.metrics)}
    return numbers | {int(run.keras_export.read_text())}


@needs_fork
@pytest.mark.parametrize("each", [4, pytest.param(1, marks=pytest.mark.soak)])
def test_written_together_killed_at_every_operation(each: int, runs: Path) -> None:
    """The old state or the new one, and the next save works from whatever was left; every fourth
    operation in `make test`.
    """
    run = RunFolder.create("fable", "config")
    save(run, 0)
    seen = []
    for nth in range(1, 200, each):
        killed = is_killed_at(nth, run.path.absolute(), lambda: save(absolute(run), 1))
        (number,) = state(run)
        seen.append(number)
        if not killed:
            break
        save(run, 0)
        assert state(run) == {0}
        assert not [path for path in run.path.iterdir() if path.name.startswith(SAVED)]
    assert seen == sorted(seen)  # the old one up to one operation, the new one from there on
    assert 10 < each * sum(number == 0 for number in seen) < each * len(seen) - 5


def absolute(run: RunFolder) -> RunFolder:
    return RunFolder(run.path.absolute())


@pytest.mark.soak
@needs_fork
def test_a_first_save_killed_at_every_operation(runs: Path) -> None:
    """Not trained, until one rename makes it readable."""
    for nth in range(1, 100):
        run = RunFolder.create("fable", "config")
        killed = is_killed_at(nth, run.path.absolute(), lambda run=run: save(absolute(run), 1))
        assert not run.is_trained or state(run) == {1}
        if not killed:
            return
    pytest.fail("it has no end")


@pytest.mark.soak
@needs_fork
def test_two_renames_are_found_by_this_test(runs: Path) -> None:
    """The negative control: files that replace each other one by one are of two states."""
    run = RunFolder.create("fable", "config")
    broken = 0
    for nth in range(1, 100):
        save(run, 0)

        def one_by_one() -> None:
            target = absolute(run)
            target.save_weights({"a/b": np.ones((2,), np.float32)}, {"task": "t", "best": 1})

        killed = is_killed_at(nth, run.path.absolute(), one_by_one)
        try:
            broken += len(state(run)) > 1
        except RnnkitError:
            broken += 1
        if not killed:
            break
    assert broken > 2


@needs_fork
def test_new_folder_killed_at_every_operation(tmp_path: Path) -> None:
    def fill(path: Path) -> None:
        for name in "ab":
            write_bytes(path / name, name.encode())

    killed = True
    for nth in range(1, 60):
        parent = tmp_path / str(nth)
        parent.mkdir()
        killed = is_killed_at(nth, parent, lambda parent=parent: new_folder(parent, "x", fill))
        assert not (parent / "x").exists() or {file.name for file in (parent / "x").iterdir()} == {
            "a",
            "b",
        }
        assert new_folder(parent, "y", fill) == parent / "y"
        if not killed:
            break
    assert not killed


def test_written_together_after_an_error_changes_nothing(runs: Path) -> None:
    run = RunFolder.create("fable", "config")
    save(run, 0)
    before = sorted(path.name for path in run.path.iterdir())
    with pytest.raises(OSError, match="full") as caught, run.replacing() as new:
        write_json(new.metrics, {"number": 1})
        raise OSError(28, "full", str(new.labels))
    assert caught.value.filename == str(run.path / "labels.json")
    with pytest.raises(RnnkitError, match=r"fable/labels.json: wrong"), run.replacing() as new:
        raise RnnkitError(str(new.labels), "wrong")
    assert state(run) == {0}
    assert sorted(path.name for path in run.path.iterdir()) == before


def test_settle_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "weights.npz").write_text("mine")
    (tmp_path / "run").mkdir()
    for name in (SAVED, f"{SAVED}.tmp"):
        (tmp_path / "run" / name).symlink_to(tmp_path / "other")
    settle(tmp_path / "run")
    with written_together(tmp_path / "run") as new:
        write_bytes(new / "weights.npz", b"new")
    assert (tmp_path / "other" / "weights.npz").read_text() == "mine"
    assert (tmp_path / "run" / "weights.npz").read_bytes() == b"new"
