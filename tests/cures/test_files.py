"""Hints about files that are not what they should be, and about what compiled or own code lacks,
work.
"""

from __future__ import annotations

import gzip
import os
import re
import sys
from pathlib import Path

import pytest

from rnnkit.backend.device import explained
from rnnkit.data.formats.csv import Csv
from rnnkit.storage.reading import open_file
from rnnkit.workflows.code import import_file
from tests.cli.invoke import done, invoke
from tests.cures.mistakes import forget_own
from tests.cures.stories import Story
from tests.cures.test_own import CELL, OF_CELLS, WEIGHTS
from tests.helpers.untrained import untrained_run

TABLE = b"text,label\nfilm,good\n"


def read(path: Path) -> bytes:
    with open_file(path) as file:
        return file.read()


def compressed(*_: object) -> None:
    with Csv().writer(Path("a.csv.gz")):
        """It is refused before a row is written."""


def compressed_afterwards(_: str) -> None:
    with Csv().writer(Path("a.csv")) as writer:
        writer.write([{"text": "film"}])
    Path("a.csv.gz").write_bytes(gzip.compress(Path("a.csv").read_bytes()))
    assert [row.values for row in Csv().read(Path("a.csv.gz"))] == [{"text": "film"}]


def damaged(*_: object) -> None:
    Path("a.csv.gz").write_bytes(gzip.compress(TABLE * 99)[:-9])
    list(Csv().read(Path("a.csv.gz")))


def written_again(_: str) -> None:
    Path("a.csv.gz").write_bytes(gzip.compress(TABLE))
    assert len(list(Csv().read(Path("a.csv.gz")))) == 1


def through_a_pipe(*_: object) -> None:
    os.mkfifo("a.csv")
    read(Path("a.csv"))


def through_a_file(_: str) -> None:
    Path("a.csv").unlink()
    Path("a.csv").write_bytes(TABLE)
    assert read(Path("a.csv")) == TABLE


def pointed_at(*_: object) -> None:
    Path("a.csv").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:5e\n")
    read(Path("a.csv"))


def fetched(message: str) -> None:
    """What the command, which may not be installed here, leaves in its place."""
    assert "git lfs pull" in message
    Path("a.csv").write_bytes(TABLE)
    assert read(Path("a.csv")) == TABLE


def half_installed(*_: object) -> None:
    Path("halved").mkdir()
    Path("halved", "__init__.py").write_text("from halved import rest\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, explained("halved"):
        patch.syspath_prepend(".")
        import_halved()


def import_halved() -> None:
    sys.modules.pop("halved", None)
    __import__("halved")


def installed_again(message: str) -> None:
    assert done("doctor").exit_code == 0
    (name,) = re.findall(r"--force-reinstall (\w+)", message)
    Path(name, "rest.py").touch()
    with pytest.MonkeyPatch.context() as patch, explained(name):
        patch.syspath_prepend(".")
        import_halved()


def own_cells(*_: object) -> str:
    forget_own()
    Path("my.py").write_text(CELL.replace("{WEIGHTS}", WEIGHTS), encoding="utf-8")
    import_file("my.py")
    untrained_run("own_cells", OF_CELLS)
    forget_own()
    try:
        return str(invoke("export", "own_cells", "keras", "--code", "my.py").stderr)
    finally:
        forget_own()


def answered(message: str) -> None:
    verbs = re.findall(r"`rnnkit (\w+)`", message)
    assert verbs == ["predict", "generate", "serve"]
    asked = {"predict": ("--text", "had a general"), "generate": ("--seed", "had a general")}
    try:
        for verb, query in asked.items():
            done(verb, "own_cells", *query, "--code", "my.py")
    finally:
        forget_own()


CASES = {
    "compressed table written": Story(compressed, compressed_afterwards),
    "damaged table": Story(damaged, written_again),
    "pipe": Story(through_a_pipe, through_a_file),
    "pointer of Git LFS": Story(pointed_at, fetched),
    "half of a framework": Story(half_installed, installed_again),
    "export of own cells": Story(own_cells, answered),
}


@pytest.mark.parametrize("name", CASES)
def test_hints_about_files_and_code_cure_the_mistake(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    CASES[name].require_cured(tmp_path_factory)
