"""The list of runs, and what one of them holds."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
import time
from pathlib import Path

import pytest

from rnnkit.cli.runs import age
from rnnkit.names import find_run
from rnnkit.run import RunFolder
from rnnkit.workflows.runs import describe, summarize, summarize_all
from tests.cli.invoke import done, invoke


@pytest.fixture
def three(fable_run: Path, runs: Path) -> Path:
    """A trained run, two days old; a newer one; and one that was never trained."""
    for name in ("old", "new", "untrained"):
        shutil.copytree(fable_run, runs / name)
    before = time.time() - 2 * 86_400 - 60
    os.utime(runs / "old" / "manifest.json", (before, before))
    (runs / "untrained" / "weights.npz").unlink()
    (runs / "untrained" / "manifest.json").unlink()
    return runs


def test_summarize_describes_a_run_in_one_line(fable_run: Path) -> None:
    summary = summarize(find_run(str(fable_run)))
    best = json.loads((fable_run / "manifest.json").read_text())["best"]
    assert (summary.name, summary.task, summary.dataset, summary.problem) == (
        "fable_simple_rnn",
        "language_model",
        "fable",
        "",
    )
    assert summary.score == f"loss {best['value']:.4f}"
    assert summary.size_bytes == sum(
        path.stat().st_size for path in fable_run.rglob("*") if path.is_file()
    )
    assert summary.age_seconds >= 0


def test_summarize_all_sorts_newest_first_and_untrained_last(three: Path) -> None:
    assert [summary.name for summary in summarize_all()] == ["new", "old", "untrained"]
    assert [summary.score for summary in summarize_all()][2] == "not trained"
    assert summarize_all()[1].age_seconds == pytest.approx(2 * 86_400 + 60, abs=60)


def test_runs_prints_a_table(three: Path) -> None:
    header, *rows = done("runs").stdout.splitlines()
    assert header.split() == ["run", "task", "data", "best", "age", "size"]
    assert re.fullmatch(
        r"new +language_model +fable +loss 0\.\d{4} +\d+ (?:s|min) +\d\.\d MB", rows[0]
    )
    assert re.fullmatch(r"old +language_model +fable +loss 0\.\d{4} +2 d +\d\.\d MB", rows[1])
    assert re.fullmatch(
        r"untrained +language_model +fable +not trained +\d+ (?:s|min) +\d\.\d MB", rows[2]
    )
    assert len(rows) == 3


def test_runs_json_lists_each_run(three: Path) -> None:
    listed = json.loads(done("runs", "--json").stdout)
    assert [run["name"] for run in listed] == ["new", "old", "untrained"]
    assert set(listed[0]) == {
        "name",
        "task",
        "dataset",
        "score",
        "age_seconds",
        "size_bytes",
        "problem",
    }
    assert listed[2]["score"] == "not trained"


@pytest.mark.parametrize("folder", ["none", "empty", "with files"])
def test_runs_reports_a_folder_without_runs(folder: str, runs: Path) -> None:
    if folder != "none":
        runs.mkdir()
    if folder == "with files":
        (runs / "notes.txt").write_text("no run")
        (runs / "no config").mkdir()
    result = done("runs")
    assert (result.stdout, result.stderr) == ("", f"no runs in {runs}\n")
    assert done("runs", "--json").stdout == "[]\n"


DAMAGES = {
    "config.yaml": ["", "task: [", "task: {language_model: 0}\n", "\0", "- 1\n"],
    "manifest.json": [
        "",
        "{",
        "[]",
        "{}",
        '{"format": 2}',
        '{"format": 1, "task": "language_model", "sha256": ""}',
    ],
}
BEST = [
    '"x"',
    "null",
    "3",
    "{}",
    '{"monitor": "loss"}',
    '{"monitor": "loss", "value": "low"}',
    '{"value": 1.0}',
    "[]",
]


@pytest.mark.parametrize(
    ("file", "content"),
    [(file, content) for file, contents in DAMAGES.items() for content in contents],
)
def test_summarize_all_lists_a_damaged_run_among_the_others(
    three: Path, file: str, content: str
) -> None:
    (three / "old" / file).write_text(content)
    result = done("runs")
    assert re.search(r"^old .*damaged", result.stdout, re.MULTILINE)
    assert re.search(r"^new .*loss 0", result.stdout, re.MULTILINE)
    (line,) = result.stderr.splitlines()
    assert line.startswith("old: ")
    assert file in line
    listed = {run["name"]: run for run in json.loads(done("runs", "--json").stdout)}
    assert listed["old"]["score"] == "damaged"
    assert file in listed["old"]["problem"]


@pytest.mark.parametrize("best", BEST)
def test_summarize_marks_a_damaged_best_score(three: Path, best: str) -> None:
    manifest = json.loads((three / "old" / "manifest.json").read_text())
    (three / "old" / "manifest.json").write_text(json.dumps({**manifest, "best": json.loads(best)}))
    assert re.search(r"^old .*damaged", done("runs").stdout, re.MULTILINE)
    assert done("runs", "show", "old").stdout.startswith("old: ")


def test_summarize_marks_a_manifest_that_is_not_text(three: Path) -> None:
    (three / "old" / "manifest.json").write_bytes(b"\xff\xfe\x00")
    assert re.search(r"^old .*damaged", done("runs").stdout, re.MULTILINE)


def test_summarize_ignores_broken_links(three: Path) -> None:
    (three / "old" / "link").symlink_to(three / "nowhere")
    assert len(done("runs").stdout.splitlines()) == 4


def test_summarize_reads_a_run_that_is_being_trained(three: Path) -> None:
    """Checkpoints come and go while the list is made."""
    folder = three / "new" / "checkpoints"
    done_with_it = threading.Event()

    def train() -> None:
        while not done_with_it.is_set():
            for number in range(20):
                (folder / f"step-{number}.tmp").mkdir()
                (folder / f"step-{number}.tmp" / "state.json").touch()
            for number in range(20):
                shutil.rmtree(folder / f"step-{number}.tmp")

    thread = threading.Thread(target=train)
    thread.start()
    try:
        for _ in range(25):
            assert summarize(RunFolder(three / "new")).task == "language_model"
            assert "weights.npz" in describe("new")["files"]
    finally:
        done_with_it.set()
        thread.join()


def test_describe_lists_scores_environment_and_files(fable_run: Path) -> None:
    lines = done("runs", "show", str(fable_run)).stdout.splitlines()
    assert re.fullmatch(
        r"fable_simple_rnn: language_model on fable, best loss 0\.\d{4}, \d+ (?:s|min) old",
        lines[0],
    )
    text = "\n".join(lines)
    assert lines[1] == "train"
    for who in ("this run", "ceiling (window of 3)", "bigram", "unigram"):
        assert re.search(
            rf"^  {re.escape(who)} .*accuracy [\d.]+ +loss [\d.]+ +perplexity [\d.]+",
            text,
            re.MULTILINE,
        )
    assert re.search(
        r"^trained with rnnkit \S+, \w+, Python 3\.\d+\.\d+, at 20\d\d-", text, re.MULTILINE
    )
    for file in ("config.yaml", "weights.npz", "model.keras", "tokenizer.json", "history.csv"):
        assert re.search(rf"^{re.escape(file)} +[\d.]+ k?M?B$", text, re.MULTILINE)


def test_describe_as_json_holds_the_records_of_a_run(fable_run: Path) -> None:
    shown = json.loads(done("runs", "show", str(fable_run), "--json").stdout)
    assert set(shown) == {"summary", "files", "manifest", "metrics", "environment"}
    assert shown["files"]["weights.npz"] == (fable_run / "weights.npz").stat().st_size
    assert "arrays" not in shown["manifest"]
    assert shown["manifest"]["format"] == 1
    assert shown["metrics"] == json.loads((fable_run / "metrics.json").read_text())
    assert shown["environment"] == json.loads((fable_run / "environment.json").read_text())


def test_describe_accepts_an_untrained_run(three: Path) -> None:
    (three / "untrained" / "metrics.json").unlink()
    shown = describe("untrained")
    assert (shown["manifest"], shown["metrics"]) == ({}, {})
    assert "best not trained" in done("runs", "show", "untrained").stdout


def test_describe_accepts_a_run_whose_config_is_damaged(three: Path) -> None:
    (three / "old" / "config.yaml").write_text("task: {language_model: 0}\n")
    result = done("runs", "show", "old")
    assert "damaged" in result.stdout
    assert "config.yaml:1: task.language_model" in result.stderr


@pytest.mark.parametrize("file", ["environment.json", "metrics.json", "manifest.json"])
def test_describe_names_a_damaged_file(three: Path, file: str) -> None:
    (three / "old" / file).write_text("{")
    result = invoke("runs", "show", "old")
    assert result.exit_code == 2
    assert f"old/{file}: damaged JSON" in result.stderr


def test_describe_suggests_a_name_for_an_unknown_run(three: Path) -> None:
    result = invoke("runs", "show", "untraind")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "untraind: no such run" in result.stderr
    assert "Did you mean 'untrained'?" in result.stderr


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3599, "60 min"),
        (3600, "1 h"),
        (86_399, "24 h"),
        (86_400, "1 d"),
        (10**7, "116 d"),
    ],
)
def test_age_is_rounded_to_one_unit(seconds: float, text: str) -> None:
    assert age(seconds) == text
