"""Scores of a run beside its baselines, against a computation by keras and plain loops."""

from __future__ import annotations

import json
import math
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from rnnkit import api
from rnnkit.data.encode.tokenizer import Tokenizer
from rnnkit.errors import RnnkitError
from rnnkit.tasks.capabilities import ScoresTokens
from rnnkit.tasks.evaluation import Evaluation
from rnnkit.tasks.prepared import Source
from rnnkit.workflows.evaluate import as_json, evaluate
from rnnkit.workflows.train import train
from tests.cli.invoke import done, invoke
from tests.helpers.classified import copied, csv_text, trained

SPLIT = """
task: {language_model: {window: 3}}
data: {dataset: fable, split: {validation: 0.2, test: 0.1}}
model:
  embedding: 8
  layers:
    - gru: 8
train: {batch_size: 50, epochs: 3, learning_rate: 0.05}
published: {metric: accuracy, part: train, value: 0.5, source: "somebody"}
"""


@pytest.fixture
def learnt(fable_run: Path, tmp_path: Path) -> Path:
    """A copy of the run that has learnt the fable: an evaluation writes into its folder."""
    shutil.copytree(fable_run, tmp_path / "learnt")
    return tmp_path / "learnt"


@pytest.fixture(scope="module")
def trained_in_parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    (folder / "parts.yaml").write_text(SPLIT, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_RUNS", str(folder))
        return train(str(folder / "parts.yaml")).run.path


@pytest.fixture
def in_parts(trained_in_parts: Path, tmp_path: Path) -> Path:
    """A copy of a run with a validation and a test part, hardly trained."""
    shutil.copytree(trained_in_parts, tmp_path / "parts")
    return tmp_path / "parts"


def scores(evaluations: list[Evaluation]) -> dict[str, dict[str, dict[str, float]]]:
    return {
        evaluation.part: {row.who: row.scores for row in evaluation.rows}
        for evaluation in evaluations
    }


def tokenizer_of(run: api.Run) -> Tokenizer:
    predictor = run.trained.predictor
    assert isinstance(predictor, ScoresTokens)
    return predictor.tokenizer


def by_keras(run: api.Run, token_ids: np.ndarray) -> dict[str, float]:
    """Accuracy and loss of the keras model on every window of 3, counted here."""
    contexts = np.stack([token_ids[start : start + 3] for start in range(len(token_ids) - 3)])
    logits = np.asarray(run.model.predict(contexts, verbose=0)).astype(np.float64)
    correct, nats = 0, 0.0
    for row, target in zip(logits, token_ids[3:], strict=True):
        odds = np.exp(row - row.max())
        nats -= math.log(odds[target] / odds.sum())
        correct += int(row.argmax() == target)
    loss = nats / len(contexts)
    return {
        "accuracy": correct / len(contexts),
        "correct": correct,
        "tokens": len(contexts),
        "loss": loss,
        "perplexity": math.exp(loss),
    }


def test_evaluate_scores_a_run_that_reaches_the_ceiling(learnt: Path) -> None:
    (evaluation,) = evaluate(str(learnt))
    assert evaluation.part == "train"
    assert evaluation.notes == ["training accuracy: the model has seen this very text"]
    assert [row.who for row in evaluation.rows] == [
        "this run",
        "ceiling (window of 3)",
        "unigram",
        "bigram",
    ]
    found = scores([evaluation])["train"]
    assert (found["this run"]["correct"], found["this run"]["tokens"]) == (198, 200)
    assert (
        found["ceiling (window of 3)"]["correct"],
        found["ceiling (window of 3)"]["accuracy"],
    ) == (198, 0.99)
    assert found["ceiling (window of 3)"]["loss"] == pytest.approx(4 * math.log(2) / 200)
    assert (
        found["ceiling (window of 3)"]["loss"]
        <= found["this run"]["loss"]
        < found["bigram"]["loss"]
        < found["unigram"]["loss"]
    )


def test_evaluate_scores_as_keras_does(learnt: Path, in_parts: Path) -> None:
    for folder, parts in ((learnt, ["train"]), (in_parts, ["train", "validation", "test"])):
        run = api.load_run(str(folder))
        data = run.config.prepare(Source(), run.trained.predictor.codec)
        found = scores(run.evaluate(*parts))
        for part in parts:
            assert found[part]["this run"] == pytest.approx(
                by_keras(run, data.parts[part].token_ids), rel=1e-4, abs=1e-6
            )


def test_evaluate_repeats_the_validation_scores_of_the_training(in_parts: Path) -> None:
    rows = np.genfromtxt(in_parts / "history.csv", delimiter=",", names=True)
    best = rows[rows["val_loss"].argmin()]
    found = scores(evaluate(str(in_parts), ["validation"]))["validation"]["this run"]
    assert found["loss"] == pytest.approx(best["val_loss"], rel=1e-4)
    assert found["accuracy"] == pytest.approx(best["val_accuracy"])
    assert found["perplexity"] == pytest.approx(best["val_perplexity"], rel=1e-4)


def test_evaluate_scores_the_test_part_on_request_only(in_parts: Path) -> None:
    assert [evaluation.part for evaluation in evaluate(str(in_parts))] == ["validation"]
    asked = evaluate(str(in_parts), ["test", "train"])
    assert [evaluation.part for evaluation in asked] == ["test", "train"]
    assert [bool(evaluation.notes) for evaluation in asked] == [False, True]


def test_evaluate_reports_a_published_figure_for_its_part(in_parts: Path) -> None:
    (evaluation,) = evaluate(str(in_parts), ["train"])
    published = evaluation.rows[-1]
    assert (published.who, published.scores, published.note) == (
        "published",
        {"accuracy": 0.5},
        "somebody",
    )
    (elsewhere,) = evaluate(str(in_parts), ["test"])
    assert "published" not in [row.who for row in elsewhere.rows]  # it was measured on another part


def test_evaluate_fits_baselines_on_the_training_part_only(in_parts: Path) -> None:
    # Validation has words that training lacks: all of them are <unk>, which no n-gram of the
    # training set has seen.
    found = scores(evaluate(str(in_parts), ["train", "validation"]))
    for who in ("unigram", "bigram"):
        assert found["validation"][who]["loss"] > found["train"][who]["loss"]


def test_keep_scores_adds_each_part_to_the_run_folder(in_parts: Path) -> None:
    metrics = in_parts / "metrics.json"
    # by the training itself
    assert set(json.loads(metrics.read_text(encoding="utf-8"))) == {"validation"}
    evaluations = evaluate(str(in_parts), ["test"])
    kept = json.loads(metrics.read_text(encoding="utf-8"))
    assert set(kept) == {"validation", "test"}
    assert kept["test"] == scores(evaluations)["test"]


@pytest.mark.parametrize("parts", [["validation"], ["trian"], ["train", "test"]])
def test_evaluate_refuses_a_missing_part(learnt: Path, parts: list[str]) -> None:
    before = (learnt / "metrics.json").read_bytes()
    with pytest.raises(RnnkitError, match=rf"--part: no part '{parts[-1]}'.*: train") as caught:
        evaluate(str(learnt), parts)
    assert caught.value.exit_code == 2
    assert (learnt / "metrics.json").read_bytes() == before


def test_evaluate_scores_a_users_file_without_keeping_its_scores(
    learnt: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "other.txt").write_text(
        "The mice had a general council. ZEBRAS had a general zebra council .", encoding="utf-8"
    )
    before = (learnt / "metrics.json").read_bytes()
    with caplog.at_level("INFO", logger="rnnkit"):
        (evaluation,) = evaluate(str(learnt), file="other.txt")
    assert (evaluation.part, evaluation.notes) == ("data", [])
    assert [row.who for row in evaluation.rows] == [
        "this run",
        "ceiling (window of 3)",
        "unigram",
        "bigram",
    ]
    found = scores([evaluation])["data"]
    run = api.load_run(str(learnt))
    text = "the mice had a general council . <unk> had a general <unk> council ."
    token_ids = tokenizer_of(run).encode(text)
    assert found["this run"] == pytest.approx(by_keras(run, token_ids), rel=1e-4)
    assert found["this run"]["tokens"] == 11
    # The ceiling is that of this file: after "had a general" come two tokens, everything else is
    # certain.
    assert found["ceiling (window of 3)"]["correct"] == 10
    assert found["ceiling (window of 3)"]["loss"] == pytest.approx(2 * math.log(2) / 11)
    assert any(line.startswith("data: 2 of 14 tokens") for line in caplog.messages)
    assert (learnt / "metrics.json").read_bytes() == before  # these scores are not the run's


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"--data.*: no such file: 'other\.txt'"),
        (b"", r"other\.txt is empty"),
        ("à bientôt".encode("latin-1"), r"other\.txt:1: .*UTF-8"),
        (b"the cat .", r"window of 3.*3 tokens"),
    ],
    ids=["missing", "empty", "latin-1", "short"],
)
def test_evaluate_refuses_a_file_that_cannot_be_scored(
    learnt: Path, tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "other.txt").write_bytes(content)
    with pytest.raises(RnnkitError, match=message):
        evaluate(str(learnt), file="other.txt")


def test_evaluate_without_a_name_scores_the_newest_run(
    learnt: Path, in_parts: Path, runs: Path
) -> None:
    with pytest.raises(RnnkitError, match="no trained run"):
        evaluate(None)
    shutil.copytree(learnt, runs / "learnt")
    assert [evaluation.part for evaluation in evaluate(None)] == ["train"]


def test_as_json_gives_plain_data(learnt: Path) -> None:
    (plain,) = json.loads(json.dumps(as_json(evaluate(str(learnt)))))
    assert plain["part"] == "train"
    assert plain["rows"][0]["who"] == "this run"
    assert plain["rows"][0]["scores"]["correct"] == 198


# A classifier.


@pytest.fixture
def verdict(
    tmp_path_factory: pytest.TempPathFactory, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """good or bad; three rows of its test file have the wrong label."""
    run = copied("verdict", tmp_path_factory, runs)
    monkeypatch.setenv("RNNKIT_DATA", str(trained("verdict", tmp_path_factory).parent))
    return run


def test_evaluate_draws_a_picture_for_each_part_of_a_classifier(verdict: Path) -> None:
    (verdict / "confusion-validation.png").unlink()
    evaluations = evaluate(str(verdict), ["train", "validation", "test"])
    for part in ("train", "validation", "test"):
        assert (verdict / f"confusion-{part}.png").read_bytes().startswith(b"\x89PNG")
    kept = json.loads((verdict / "metrics.json").read_text())
    assert kept == json.loads(json.dumps(scores(evaluations)))
    own = kept["test"]["this run"]
    assert (own["correct"], own["texts"], own["accuracy"]) == (6, 9, 6 / 9)


def test_print_evaluations_shows_tables_and_mistakes_of_a_classifier(verdict: Path) -> None:
    printed = done("evaluate", verdict, "--part", "test", "--errors", "2").stdout
    assert "66.67 % (6/9)" in printed
    assert "true label (rows) and answer (columns)" in printed
    mistakes = printed.split("the most confident mistakes\n")[1].splitlines()
    assert len(mistakes) == 3  # a header, two rows
    assert "verdict_test.csv: row" in mistakes[1]
    plain = done("evaluate", verdict, "--part", "test", "--errors", "2", "--json").stdout
    (evaluation,) = json.loads(plain)
    assert [f"{row[0]:.4f}" for row in evaluation["tables"][-1]["rows"]] == [
        line.split()[0] for line in mistakes[1:]
    ]
    assert "mistakes" not in done("evaluate", verdict, "--part", "test").stdout


def test_evaluate_lists_mistakes_of_classifiers_only(learnt: Path) -> None:
    result = invoke("evaluate", learnt, "--errors", "5")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: --errors: a language_model run")


def test_evaluate_scores_another_file_by_a_classifier(
    verdict: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [("a lovely mouse", "good"), ("so dull", "bad"), ("awful", "good"), ("", "bad")]
    (tmp_path / "other.csv").write_text(csv_text(rows))
    before = sorted((path.name, path.stat().st_mtime_ns) for path in verdict.iterdir())
    with caplog.at_level("INFO", logger="rnnkit"):
        (evaluation,) = evaluate(str(verdict), file="other.csv", errors=1)
    assert evaluation.part == "data"
    assert (evaluation.rows[0].scores["correct"], evaluation.rows[0].scores["texts"]) == (2, 3)
    assert evaluation.tables[-1].rows[0][1:] == ["good", "bad", "other.csv: row 4", "awful"]
    assert any("other.csv: 1 row with an empty text" in line for line in caplog.messages)
    assert sorted((path.name, path.stat().st_mtime_ns) for path in verdict.iterdir()) == before


def test_evaluate_omits_areas_for_a_file_with_one_label(verdict: Path, tmp_path: Path) -> None:
    rows = [("a lovely mouse", "good"), ("so clever", "good")]
    (tmp_path / "other.csv").write_text(csv_text(rows))
    (evaluation,) = evaluate(str(verdict), file="other.csv")
    assert "roc_auc" not in evaluation.rows[0].scores
    assert evaluation.rows[0].scores["balanced_accuracy"] == 1


def test_evaluate_warns_of_changed_data_and_keeps_no_scores(
    verdict: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The same rows in another order: other ones are held out, which the run has learnt."""
    evaluate(str(verdict))
    assert not any("not those" in line for line in caplog.messages)
    file = Path(os.environ["RNNKIT_DATA"], "verdict.csv")
    header, *rows = file.read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "verdict.csv").write_text("".join([header, *reversed(rows)]), encoding="utf-8")
    kept = (verdict / "metrics.json").read_bytes()
    evaluate(str(verdict), ["test"])
    assert any(f"not those that {verdict}" in line for line in caplog.messages)
    assert (verdict / "metrics.json").read_bytes() == kept
