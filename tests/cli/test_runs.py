from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli.invoke import done


def test_runs_without_any_run_succeeds(runs: Path) -> None:
    result = done("runs")
    assert result.stdout == ""
    assert str(runs) in result.stderr
    assert json.loads(done("runs", "--json").stdout) == []


def test_runs_lists_good_and_damaged_runs(fable_run: Path, runs: Path) -> None:
    shutil.copytree(fable_run, runs / "good")
    shutil.copytree(fable_run, runs / "bad")
    (runs / "bad" / "manifest.json").write_text("[]", encoding="utf-8")
    result = done("runs")
    lines = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert set(lines) == {"run", "good", "bad"}
    assert "language_model" in lines["good"]
    assert "damaged" in lines["bad"]
    assert "bad" in result.stderr
    assert {run["name"] for run in json.loads(done("runs", "--json").stdout)} == {"good", "bad"}


def test_runs_show_prints_files_and_scores(fable_run: Path) -> None:
    text = done("runs", "show", fable_run).stdout
    assert "weights.npz" in text
    assert "this run" in text
    assert (
        json.loads(done("runs", "show", fable_run, "--json").stdout)["summary"]["task"]
        == "language_model"
    )
