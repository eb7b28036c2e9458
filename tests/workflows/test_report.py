"""The page of a run: its numbers are those that were measured, whatever the task."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

import rnnkit
from rnnkit.errors import RnnkitError
from rnnkit.report.numbers import number_text
from rnnkit.run import RunFolder
from rnnkit.storage import read_json, write_json
from rnnkit.tasks.evaluation import COUNTS, Confusion, Evaluation, Score, Table
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.inspect.gradients import gradients
from rnnkit.workflows.report import report
from rnnkit.workflows.run_page import PartReport, page_of
from rnnkit.workflows.trained import load_trained
from tests.cli.invoke import done, invoke
from tests.helpers import classified, tagged
from tests.helpers.forecasters import trained_forecaster
from tests.helpers.html import Parsed


def read(path: Path) -> Parsed:
    return Parsed(path.read_text(encoding="utf-8"))


@pytest.fixture
def verdict(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A copy of a classifier's run, with its data."""
    folder = classified.trained("verdict", tmp_path_factory).parent
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return tmp_path / "verdict"


def test_report_has_the_numbers_of_metrics(fable_run: Path, tmp_path: Path) -> None:
    assert report(str(fable_run), "page.html") == Path("page.html")
    page = read(Path("page.html"))
    for models in read_json(fable_run / "metrics.json").values():
        for who, scores in models.items():
            numbers = [number_text(value) for name, value in scores.items() if name not in COUNTS]
            assert [who, *numbers] in page.rows
    assert "Accuracy 99.00 % on train: better than every simple method" in page.text
    assert "long ago, the mice had a general council" in page.text
    assert "rnnkit train" in page.text
    assert ["bits", "token", "after"] in page.rows
    assert "Gradients through time" in page.text
    ((flow,),) = (one.flows for one in gradients([str(fable_run)]))
    assert f"simple_rnn {flow.verdict}." in page.text
    assert "Data" in page.text
    assert "simple_rnn" in page.text
    assert len(Path("page.html").read_bytes()) < 60_000


def test_report_is_written_at_the_end_of_a_training_and_needs_nothing_else(
    fable_run: Path,
) -> None:
    text = (fable_run / "report.html").read_text(encoding="utf-8")
    page = Parsed(text)
    assert not {"script", "img", "link", "iframe", "a"} & set(page.tags)
    assert page.attributes <= page.KNOWN
    assert not re.search(r"https?:|url\(|@import|src=", text)
    assert page.tags.count("svg") == 3


def test_report_of_a_classifier_shows_confusions_and_mistakes(verdict: Path) -> None:
    done("evaluate", verdict, "--part", "test")
    assert json.loads(done("report", verdict, "--json").stdout) == {
        "path": str(verdict / "report.html")
    }
    page = read(verdict / "report.html")
    assert "Answers on test" in page.text  # which has been scored
    assert "what a lovely mouse" in page.text
    assert ["", "bad", "good"] in page.rows


def test_report_takes_scores_of_a_simple_method_that_were_measured(verdict: Path) -> None:
    trained = load_trained(RunFolder(verdict))
    data = trained.task.prepare(Source(), trained.predictor.codec)
    evaluator = trained.task.evaluator(trained.predictor, data)
    measured = {"TF-IDF logistic regression": {"accuracy": 0.123}}
    evaluator.measured = {"validation": measured}
    rows = {row.who: row.scores for row in evaluator.evaluate("validation").rows}
    assert rows["TF-IDF logistic regression"] == {"accuracy": 0.123}
    rows = {row.who: row.scores for row in evaluator.evaluate("train").rows}
    assert "macro_f1" in rows["TF-IDF logistic regression"]


def test_report_shows_an_audit_that_takes_long_once_it_was_asked_for(
    verdict: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_CACHE", str(verdict.parent / "cache"))
    monkeypatch.setattr("rnnkit.workflows.run_audit.QUICK", 0)
    report(str(verdict))
    assert f"rnnkit inspect data {verdict}" in read(verdict / "report.html").text
    audited = json.loads(done("inspect", "data", verdict, "--json").stdout)
    report(str(verdict))
    assert audited["verdict"] in read(verdict / "report.html").text


def test_report_of_forecasts_and_tags(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(str(trained_forecaster("machine", tmp_path_factory)), "machine.html")
    page = read(Path("machine.html"))
    assert "observed" in page.text
    assert "2020-01-0" in page.text
    assert "The worst forecasts" in page.text
    names = tagged.trained("names", tmp_path_factory)
    monkeypatch.setenv("RNNKIT_DATA", str(names.parent))
    report(str(names), "names.html")
    assert "The most confident mistakes" in read(Path("names.html")).text


def test_report_without_the_data_says_so(verdict: Path) -> None:
    (verdict.parent / "verdict.csv").unlink()
    shown = invoke("report", verdict)
    assert shown.exit_code == 0
    assert "cannot be read" in shown.stderr
    page = read(verdict / "report.html")
    assert "no such file" in page.text
    assert "majority class" in page.text


def test_report_escapes_labels_and_names(verdict: Path) -> None:
    hostile = "<script>alert(1)</script>"
    seen = Evaluation(
        "validation",
        [Score("this run", {"accuracy": 0.5}), Score(hostile, {"accuracy": 0.25})],
        [hostile],
        [Table(hostile, ["label", hostile], [[hostile, 0.5]])],
        Confusion([hostile, "b"], [[1, 0], [0, 1]]),
    )
    write_json(verdict / "metrics.json", {"validation": {"this run": {hostile: 1.0}}})
    run = verdict.rename(verdict.with_name("<b>run"))
    html = page_of(load_trained(RunFolder(run)), PartReport(seen)).html()
    page = Parsed(html)
    assert hostile in page.text
    assert not {"script", "b"} & set(page.tags)


def test_report_in_python_replaces_the_page_of_the_run(verdict: Path) -> None:
    (verdict / "report.html").write_text("old", encoding="utf-8")
    written = rnnkit.load_run(verdict).report()
    assert written.samefile(verdict / "report.html")
    assert written.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("page.png", "kind"),
        ("none/page.html", "no folder"),
        ("mine.html", "exists"),
        ("l.html", "link"),
    ],
)
def test_report_refuses_a_place_where_no_page_can_be(
    name: str, words: str, fable_run: Path, tmp_path: Path
) -> None:
    Path("mine.html").write_text("mine", encoding="utf-8")
    Path("l.html").symlink_to("mine.html")
    with pytest.raises(RnnkitError, match=f"^output: .*{words}"):
        rnnkit.load_run(fable_run).report(name)
    refused = invoke("report", fable_run, "--output", name)
    assert (refused.exit_code, "--output" in refused.stderr) == (2, True)
    assert Path("mine.html").read_text(encoding="utf-8") == "mine"


def test_report_refuses_what_is_not_trained(fable_run: Path, runs: Path) -> None:
    shutil.copytree(fable_run, runs / "untrained", ignore=shutil.ignore_patterns("weights.npz"))
    with pytest.raises(RnnkitError, match="not trained"):
        report("untrained")
    with pytest.raises(RnnkitError, match="nothing"):
        report("nothing")
    assert invoke("report", fable_run, "--overwrite").exit_code == 2
