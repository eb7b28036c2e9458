"""What a run tells of itself, and that several threads and processes may ask it."""

from __future__ import annotations

import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import rnnkit
from rnnkit.errors import RnnkitError
from tests.helpers import classified

SEED = "had a general"
TEXTS = ["the film was wonderful", "that council was dull", "lovely", "a mouse"]


@pytest.fixture
def fable(fable_run: Path) -> rnnkit.Run:
    return rnnkit.load_run(fable_run)


def test_history_has_a_row_for_each_epoch(fable: rnnkit.Run) -> None:
    history = fable.history
    assert history.index.name == "epoch"
    assert history.index[0] == 1
    assert history.loss.iloc[-1] < history.loss.iloc[0]
    with pytest.raises(RnnkitError, match="history"):
        _ = rnnkit.Run(type(fable.folder)(Path("nowhere"))).history


def test_metrics_are_those_of_an_evaluation(fable: rnnkit.Run) -> None:
    scores = fable.evaluate("train").frame()
    assert scores.columns.tolist()[:3] == ["part", "metric", "value"]
    assert {"bigram", "unigram"} < set(scores.columns)
    assert "correct" not in scores.metric.tolist()
    best = scores.set_index("metric").loc["accuracy"]
    assert (best.value, best.part) == (pytest.approx(198 / 200), "train")
    assert best.unigram < best.value
    assert fable.metrics.equals(scores)


def test_plot_draws_the_named_columns(fable: rnnkit.Run) -> None:
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert fable.plot("accuracy", ax=axes) is axes
    lines = [line.get_label() for line in axes.lines]
    assert lines[0] == "accuracy"
    assert "best: epoch" in str(lines[1])
    with pytest.raises(RnnkitError, match=r"scores.*'acuracy'.*accuracy"):
        fable.plot("acuracy")
    with pytest.raises(RnnkitError, match=r"^ax: found 3"):
        fable.plot(ax=3)  # type: ignore[arg-type]


def test_a_notebook_shows_a_run(fable: rnnkit.Run) -> None:
    shown = fable._repr_html_()
    assert "fable_simple_rnn" in shown
    assert "simple_rnn 128" in shown
    assert "<polyline" in shown
    assert "unigram" in shown
    assert "<table" in fable.evaluate("train")._repr_html_()


def test_runs_and_compare(
    fable_run: Path, runs: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert rnnkit.runs().empty
    shutil.copytree(fable_run, runs / "one")
    shutil.copytree(fable_run, runs / "two")
    listed = rnnkit.runs()
    assert sorted(listed.run) == ["one", "two"]
    assert (listed.written.diff().dropna().abs().dt.total_seconds() < 600).all()
    found = rnnkit.compare(["one", rnnkit.load_run("two")])
    table = found.frame().set_index("name")
    assert table.index.tolist() == ["one", "two"]
    assert table.value.tolist() == pytest.approx([198 / 200] * 2)
    assert table.parameters["one"] > 1000
    assert found.tests().p.tolist() == [1]
    assert "cannot be told apart" in repr(found)
    assert "<table" in found._repr_html_()
    for kind in ("html", "png", "csv", "json"):
        found.save(f"both.{kind}")
        assert (runs.parent / f"both.{kind}").stat().st_size > 100
    with pytest.raises(RnnkitError, match=r"classification run"):
        rnnkit.compare(["one", classified.trained("verdict", tmp_path_factory)])


@pytest.mark.parametrize(
    ("names", "arguments", "message"),
    [
        ([3], {}, "names: found"),
        ([], {}, "names: found"),
        (["one", "two"], {"layers": ["gru"]}, "names: runs, with layers"),
        ("fable", {"part": "test"}, "part"),
        ("fable", {"random_seeds": 0}, "random_seeds"),
        ("fable", {"layers": "gru"}, "layers.*list"),
    ],
)
def test_compare_names_the_argument(names: Any, arguments: Any, message: str) -> None:
    with pytest.raises(RnnkitError, match=message):
        rnnkit.compare(names, **arguments)


def test_resume_answers_with_the_new_weights(
    fable_run: Path, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = rnnkit.load_run(shutil.copytree(fable_run, runs / "fable"))
    epochs = len(run.history)
    before, model = run.trained, run.model
    capsys.readouterr()
    before_damage = run.history
    run.folder.history.write_text("epoch,loss,sec")
    with pytest.raises(RnnkitError, match=r"history\.csv: damaged.*fable --resume"):
        _ = run.history
    with pytest.raises(RnnkitError, match=rf"^epochs=1: .*Write `epochs={epochs}`, or more"):
        run.resume(epochs=1)
    assert run.resume(epochs=epochs + 1, verbose=False) is run
    assert run.history.iloc[:-1].equals(before_damage)
    assert capsys.readouterr().err == ""
    assert f"{epochs + 1}/{epochs + 1} " in run.folder.log.read_text(encoding="utf-8")
    assert len(run.history) == epochs + 1
    assert run.config.train.epochs == epochs + 1
    assert run.trained is not before
    assert run.model is not model


def test_several_threads_ask_one_run(
    fable: rnnkit.Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It is opened once, and each gets the answers that it would get alone."""
    run = rnnkit.load_run(classified.trained("verdict", tmp_path_factory))
    expected = [rnnkit.predict(text, run=run) for text in TEXTS]
    alone = fable.generate(SEED, temperature=1.0, max_new_tokens=20, random_seed=1)
    opened = set()

    def ask(number: int) -> bool:
        opened.add(id(run.trained))
        answer = run.predict(TEXTS[number % len(TEXTS)])
        texts = fable.generate(SEED, temperature=1.0, max_new_tokens=20, random_seed=1)
        return answer.equals(expected[number % len(TEXTS)]) and texts == alone

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(40)))
    assert len(opened) == 1


def test_a_pickled_run_is_its_folder(fable: rnnkit.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = fable.predict(SEED)
    content = pickle.dumps(fable)
    assert len(content) < 1000
    again = pickle.loads(content)
    assert again.path == fable.path
    assert again.predict(SEED).equals(expected)
