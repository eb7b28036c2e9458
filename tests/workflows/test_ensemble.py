"""Several runs that answer together: the mean of their logits, and which runs cannot."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rnnkit import api
from rnnkit.run import RunFolder
from rnnkit.workflows.answer import Ensemble, load_trained
from tests.classified import copied, write_verdict
from tests.cli.invoke import done, invoke
from tests.tasks.test_conditioned import conditioned, engine_of

TEXTS = ["the film was lovely", "an awful old bell", "a mouse"]


def silent(line: str) -> None:
    pass


@pytest.fixture
def two(tmp_path: Path, runs: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two runs of the same data, with other first weights."""
    write_verdict(tmp_path)
    monkeypatch.chdir(tmp_path)
    return [str(api.train("verdict.yaml", f"train.random_seed={seed}", "train.epochs=2", say=silent).path) for seed in (0, 1)]


def logits(run: str) -> np.ndarray:
    trained = load_trained(RunFolder.open(run), silent)
    return np.concatenate([trained.outputs(trained.codec.encode([text]).flat[None]) for text in TEXTS])


def test_the_answer_is_that_of_the_mean_logits(two: list[str]) -> None:
    mean = np.mean([logits(run) for run in two], axis=0)[:, 0].astype(np.float64)
    for text, logit in zip(TEXTS, mean, strict=True):
        found = {row.label: row.probability for row in api.predict(text, run=two[0], others=[two[1]])}
        assert found["good"] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-6)
    assert np.abs(logits(two[0]) - logits(two[1])).max() > 0.01  # they do differ
    # A table is answered alike.
    Path("texts.txt").write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    rows = done("predict", two[0], "--with", two[1], "--input", "texts.txt").stdout.splitlines()[1:]
    likeliest = [max(1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))) for logit in mean]
    assert [float(row.split(",")[-1]) for row in rows] == pytest.approx(likeliest, abs=1e-5)


def test_scores_together_are_shown_and_not_kept(two: list[str]) -> None:
    before = Path(two[0], "metrics.json").read_bytes()
    result = done("evaluate", two[0], "--with", two[1], "--part", "test", "--json")
    (evaluation,) = json.loads(result.stdout)
    assert [row["who"] for row in evaluation["rows"]] == ["2 runs together", "majority class", "TF-IDF logistic regression"]
    assert "scores of several runs together are not kept" in result.stderr
    assert Path(two[0], "metrics.json").read_bytes() == before


def test_states_are_carried_for_each_member() -> None:
    task = conditioned()
    data = task.load_data()
    members = [engine_of(task, data, seed) for seed in (1, 2, 3)]
    tokens, conditions = np.array([[2, 4, 5], [2, 5, 6]], np.int32), np.eye(3, dtype=np.float32)[:2]
    together = Ensemble(members)
    state = together.start(2, conditions)
    first, state = together.go_on(tokens[:, :2], state)
    second, _ = together.go_on(tokens[:, 2:], state)
    expected = np.mean([member.go_on(tokens, member.start(2, conditions))[0] for member in members], axis=0)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), expected, atol=1e-5)


def refused(*arguments: str) -> str:
    result = invoke("evaluate", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr


def test_runs_that_cannot_answer_together(two: list[str]) -> None:
    assert f"--with: {two[0]} is named twice. Expected different runs." in refused(two[0], "--with", two[1], "--with", two[0])
    assert "nowhere: no such run" in refused(two[0], "--with", "nowhere")
    other = str(api.train("verdict.yaml", "data.split.random_seed=1", "train.epochs=1", say=silent).path)
    assert f"--with: {other} was trained on other data than {two[0]}. Expected the same texts in the same parts." in refused(two[0], "--with", other)
    fable = str(api.train("fable_simple_rnn", smoke=True, say=silent).path)
    assert f"{fable}: a language_model run. Expected a classification run." in refused(two[0], "--with", fable)
    assert f"--with: {fable}: a language_model run. Expected classification runs of one label a text." in refused(fable, "--with", two[0])


def test_several_labels_have_thresholds_of_their_own(tmp_path_factory: pytest.TempPathFactory, runs: Path) -> None:
    moods = str(copied("moods", tmp_path_factory, runs))
    assert "several labels a text, each run with thresholds of its own. Expected classification runs of one label" in refused(moods, "--with", "any")
