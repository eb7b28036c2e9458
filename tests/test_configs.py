from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.cli.invoke import done
from tests.conftest import REPO

CONFIGS = sorted((REPO / "configs").rglob("*.yaml"))
FILES = [str(path.relative_to(REPO)) for path in CONFIGS]


def command_of(path: Path) -> list[str]:
    """The words of the command that the first line of a config names."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    found = re.fullmatch(r"# .*\S: (rnnkit train .*)", first)
    assert found, f"{path}: the first line is no comment that ends in its command: {first}"
    return shlex.split(found[1])


def test_configs_folder_holds_only_configs() -> None:
    assert len(CONFIGS) > 30
    assert {path.suffix for path in (REPO / "configs").rglob("*") if path.is_file()} == {".yaml"}


@pytest.mark.parametrize("file", FILES)
def test_configs_first_line_is_the_command_that_trains_it(file: str) -> None:
    assert command_of(REPO / file)[:3] == ["rnnkit", "train", file]


@pytest.mark.parametrize("file", FILES)
def test_check_of_each_config(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPO)
    assert f"{file}: ok" in done("check", *command_of(REPO / file)[2:]).stdout


@pytest.mark.smoke
@pytest.mark.parametrize("file", FILES)
def test_train_evaluate_and_answer_of_each_config(
    file: str, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starters, one of them in `make test`: tests/workflows/test_configs.py."""
    monkeypatch.chdir(REPO)
    trained = done(*command_of(REPO / file)[1:], "--smoke")
    run = runs / Path(file).stem
    assert f"saved in {run}" in trained.stdout
    assert {
        "config.yaml",
        "weights.npz",
        "manifest.json",
        "history.csv",
        "metrics.json",
        "model.keras",
    } <= {path.name for path in run.iterdir()}

    evaluations = json.loads(done("evaluate", run, "--json").stdout)
    assert [evaluation["rows"][0]["who"] for evaluation in evaluations] == ["this run"]
    assert evaluations[0]["part"] in ("validation", "train")

    (next_line,) = [
        line for line in trained.stdout.splitlines() if line.startswith("next: rnnkit ")
    ]
    answer = done(*shlex.split(next_line.removeprefix("next: rnnkit ")))
    assert answer.stdout.strip()
