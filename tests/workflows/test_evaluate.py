"""Scores of a run beside its baselines, against a computation by keras and plain loops."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rnnkit.workflows.answer import load_trained

from rnnkit import api
from rnnkit.errors import RnnkitError
from rnnkit.run import RunFolder
from rnnkit.tasks.task import Evaluation
from rnnkit.workflows.evaluate import as_json, evaluate
from tests.classified import copied, csv_text, trained
from tests.cli.invoke import done, invoke

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


def silent(line: str) -> None:
    pass


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
        return api.train(str(folder / "parts.yaml"), say=silent).folder.path


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


def test_the_fable_is_learnt_up_to_the_ceiling(learnt: Path) -> None:
    (evaluation,) = evaluate(str(learnt), warn=silent)
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


def test_the_runs_own_scores_are_those_of_keras(learnt: Path, in_parts: Path) -> None:
    for folder, parts in ((learnt, ["train"]), (in_parts, ["train", "validation", "test"])):
        run = api.load_run(str(folder))
        data = run.config.load_data(codec=run.config.load_codec(run.folder))
        found = scores(run.evaluate(*parts))
        for part in parts:
            assert found[part]["this run"] == pytest.approx(
                by_keras(run, data.parts[part]), rel=1e-4, abs=1e-6
            )


def test_the_validation_scores_are_those_of_the_training(in_parts: Path) -> None:
    rows = np.genfromtxt(in_parts / "history.csv", delimiter=",", names=True)
    best = rows[rows["val_loss"].argmin()]
    found = scores(evaluate(str(in_parts), ["validation"], warn=silent))["validation"]["this run"]
    assert found["loss"] == pytest.approx(best["val_loss"], rel=1e-4)
    assert found["accuracy"] == pytest.approx(best["val_accuracy"])
    assert found["perplexity"] == pytest.approx(best["val_perplexity"], rel=1e-4)


def test_the_test_part_is_scored_only_where_it_is_asked_for(in_parts: Path) -> None:
    assert [evaluation.part for evaluation in evaluate(str(in_parts), warn=silent)] == [
        "validation"
    ]
    asked = evaluate(str(in_parts), ["test", "train"], warn=silent)
    assert [evaluation.part for evaluation in asked] == ["test", "train"]
    assert [bool(evaluation.notes) for evaluation in asked] == [False, True]


def test_a_published_figure_stands_beside_the_runs_own(in_parts: Path) -> None:
    (evaluation,) = evaluate(str(in_parts), ["train"], warn=silent)
    published = evaluation.rows[-1]
    assert (published.who, published.scores, published.note) == (
        "published",
        {"accuracy": 0.5},
        "somebody",
    )
    (elsewhere,) = evaluate(str(in_parts), ["test"], warn=silent)
    assert "published" not in [row.who for row in elsewhere.rows]  # it was measured on another part


def test_baselines_know_the_training_part_only(in_parts: Path) -> None:
    # Validation has words that training lacks: all of them are <unk>, which no n-gram of the
    # training part has seen.
    found = scores(evaluate(str(in_parts), ["train", "validation"], warn=silent))
    for who in ("unigram", "bigram"):
        assert found["validation"][who]["loss"] > found["train"][who]["loss"]


def test_scores_are_kept_in_the_run_folder(in_parts: Path) -> None:
    metrics = in_parts / "metrics.json"
    # by the training itself
    assert set(json.loads(metrics.read_text(encoding="utf-8"))) == {"validation"}
    evaluations = evaluate(str(in_parts), ["test"], warn=silent)
    kept = json.loads(metrics.read_text(encoding="utf-8"))
    assert set(kept) == {"validation", "test"}
    assert kept["test"] == scores(evaluations)["test"]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["validation"], "--part: no part 'validation'. This run's data have: train."),
        (["test"], "--part: no part 'test'. This run's data have: train."),
        (["trian"], "--part: no part 'trian'. This run's data have: train. Did you mean 'train'?"),
        (["train", "test"], "--part: no part 'test'. This run's data have: train."),
    ],
)
def test_a_part_that_is_not_there(learnt: Path, parts: list[str], message: str) -> None:
    before = (learnt / "metrics.json").read_bytes()
    with pytest.raises(RnnkitError) as caught:
        evaluate(str(learnt), parts, warn=silent)
    assert str(caught.value) == message
    assert caught.value.exit_code == 2
    assert (learnt / "metrics.json").read_bytes() == before


def test_a_file_of_the_users(learnt: Path, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text(
        "The mice had a general council. ZEBRAS had a general zebra council .", encoding="utf-8"
    )
    before = (learnt / "metrics.json").read_bytes()
    said: list[str] = []
    (evaluation,) = evaluate(str(learnt), file="other.txt", warn=said.append)
    assert (evaluation.part, evaluation.notes) == ("data", [])
    assert [row.who for row in evaluation.rows] == [
        "this run",
        "ceiling (window of 3)",
        "unigram",
        "bigram",
    ]
    found = scores([evaluation])["data"]
    run = api.load_run(str(learnt))
    token_ids = run.config.load_codec(run.folder).encode(
        "the mice had a general council . <unk> had a general <unk> council ."
    )
    assert found["this run"] == pytest.approx(by_keras(run, token_ids), rel=1e-4)
    assert found["this run"]["tokens"] == 11
    # The ceiling is that of this file: after "had a general" come two tokens, everything else is
    # certain.
    assert found["ceiling (window of 3)"]["correct"] == 10
    assert found["ceiling (window of 3)"]["loss"] == pytest.approx(2 * math.log(2) / 11)
    assert "data: 2 of 14 tokens are <unk>" in said
    assert (learnt / "metrics.json").read_bytes() == before  # these scores are not the run's


def test_a_file_without_unknown_words_is_not_said_to_have_some(
    learnt: Path, tmp_path: Path
) -> None:
    (tmp_path / "other.txt").write_text("the mice had a general council .", encoding="utf-8")
    said: list[str] = []
    evaluate(str(learnt), file="other.txt", warn=said.append)
    assert not any("<unk>)" in line for line in said)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "--data: no such file: 'other.txt'"),
        (lambda path: path.mkdir(), "--data: 'other.txt' is a directory"),
        (lambda path: path.write_bytes(b""), "other.txt is empty"),
        (
            lambda path: path.write_bytes("à bientôt".encode("latin-1")),
            "other.txt:1: byte 0 (0xe0) is not UTF-8",
        ),
        (
            lambda path: path.write_text("the cat .", encoding="utf-8"),
            "a window of 3, but the data part of other.txt has 3 tokens",
        ),
    ],
    ids=["missing", "directory", "empty", "latin-1", "short"],
)
def test_a_file_that_cannot_be_scored(
    learnt: Path, tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    make(tmp_path / "other.txt")
    with pytest.raises(RnnkitError) as caught:
        evaluate(str(learnt), file="other.txt", warn=silent)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2


def test_without_a_name_the_newest_run_is_scored(learnt: Path, in_parts: Path, runs: Path) -> None:
    with pytest.raises(RnnkitError, match="no trained run"):
        evaluate(None, warn=silent)
    shutil.copytree(learnt, runs / "learnt")
    assert [evaluation.part for evaluation in evaluate(None, warn=silent)] == ["train"]


def test_evaluations_as_plain_data(learnt: Path) -> None:
    (plain,) = json.loads(json.dumps(as_json(evaluate(str(learnt), warn=silent))))
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


def test_a_classifiers_parts_beside_their_baselines_with_a_picture_each(verdict: Path) -> None:
    (verdict / "confusion-validation.png").unlink()
    evaluations = evaluate(str(verdict), ["train", "validation", "test"], warn=silent)
    assert [evaluation.notes for evaluation in evaluations] == [
        ["training scores: the model has seen these very texts"],
        [],
        [],
    ]
    for evaluation in evaluations:
        assert [row.who for row in evaluation.rows] == [
            "this run",
            "majority class",
            "TF-IDF logistic regression",
        ]
        assert (verdict / f"confusion-{evaluation.part}.png").read_bytes().startswith(b"\x89PNG")
    kept = json.loads((verdict / "metrics.json").read_text())
    assert kept == json.loads(json.dumps(scores(evaluations)))
    own = kept["test"]["this run"]
    assert (own["correct"], own["texts"], own["accuracy"]) == (6, 9, 6 / 9)


def test_the_tables_of_a_classifier_count_every_text(verdict: Path) -> None:
    (evaluation,) = evaluate(str(verdict), ["test"], warn=silent)
    assert evaluation.confusion is not None
    assert evaluation.confusion.labels == ["bad", "good"]
    assert evaluation.confusion.counts == [[3, 1], [2, 3]]  # rows are the true label
    each, matrix = evaluation.tables
    assert each.header == ["label", "precision", "recall", "f1", "texts"]
    assert each.rows[0] == [
        "bad",
        pytest.approx(3 / 5),
        pytest.approx(3 / 4),
        pytest.approx(2 / 3),
        4,
    ]
    assert [row[0] for row in each.rows] == ["bad", "good", "macro", "micro"]
    assert matrix.rows == [["bad", 3, 1], ["good", 2, 3]]
    printed = done("evaluate", verdict, "--part", "test").stdout
    assert "66.67% (6/9)" in printed
    assert "true label (rows) and answer (columns)" in printed


def test_the_most_confident_mistakes_come_first_with_their_places(verdict: Path) -> None:
    (evaluation,) = json.loads(
        done("evaluate", verdict, "--part", "test", "--errors", "5", "--json").stdout
    )
    table = evaluation["tables"][-1]
    assert table["title"] == "the most confident mistakes"
    assert table["header"] == ["probability", "true", "answer", "where", "text"]
    probabilities = [row[0] for row in table["rows"]]
    assert probabilities == sorted(probabilities, reverse=True)
    lines = [
        line.rpartition(",")
        for line in (Path(os.environ["RNNKIT_DATA"]) / "verdict_test.csv").read_text().splitlines()
    ]
    assert {row[3].rpartition(": ")[2] for row in table["rows"]} == {"row 8", "row 9", "row 10"}
    for probability, true, answer, where, text in table["rows"]:
        assert where.startswith(os.environ["RNNKIT_DATA"])
        row = int(where.rpartition("row ")[2])
        assert (text, true) == (lines[row - 1][0], lines[row - 1][2])
        best, _ = api.load_run(str(verdict)).predict(text)
        assert answer == best.label != true
        assert probability == pytest.approx(best.probability, abs=1e-5)
    printed = done("evaluate", verdict, "--part", "test", "--errors", "2").stdout.split(
        "the most confident mistakes\n"
    )[1]
    assert [line.split()[0] for line in printed.splitlines()[1:]] == [
        f"{probability:.4f}" for probability in probabilities[:2]
    ]
    assert "mistakes" not in done("evaluate", verdict, "--part", "test").stdout


def test_the_mistakes_of_several_labels(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text counts by its surest wrong decision: as sure of giving a label as its probability is
    high, and of not giving it as it is low.
    """
    folder = trained("moods", tmp_path_factory)
    monkeypatch.chdir(folder.parent)
    opened = load_trained(RunFolder.open(str(folder)), silent)
    data = opened.config.load_data(codec=opened.codec)
    (evaluation,) = opened.config.evaluate(opened.outputs, data, ["train"], errors=100)
    names, thresholds = opened.codec.labels.names, opened.codec.labels.thresholds
    part = data.parts["train"]
    expected = []
    for text, true in zip(part.examples.texts, part.examples.labels, strict=True):
        (answer,) = opened.config.answer_all(opened.codec, opened.outputs, [text])
        sure = 0.0
        for name, threshold in zip(names, thresholds, strict=True):
            probability = answer[f"probability_{name}"]
            if (probability >= threshold) != (name in true):
                sure = max(sure, probability if probability >= threshold else 1 - probability)
        if sure:
            expected.append(
                (
                    sure,
                    ", ".join(name for name in names if name in true) or "-",
                    answer["label"].replace("|", ", ") or "-",
                    text,
                )
            )
    assert expected, "a model without a mistake shows nothing"
    found = [(row[0], row[1], row[2], row[4]) for row in evaluation.tables[-1].rows]
    for own, other in zip(found, sorted(expected, key=lambda row: -row[0]), strict=True):
        assert own[0] == pytest.approx(other[0], abs=2e-6)
    assert sorted(row[1:] for row in found) == sorted(row[1:] for row in expected)


def test_no_mistakes_are_an_empty_table(verdict: Path) -> None:
    (evaluation,) = evaluate(str(verdict), ["train"], errors=3, warn=silent)
    assert evaluation.tables[-1].rows == []
    assert done("evaluate", verdict, "--part", "train", "--errors", "3").stdout


def test_mistakes_are_listed_of_classifiers_only(learnt: Path) -> None:
    result = invoke("evaluate", learnt, "--errors", "5")
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr
        == "Error: --errors: a language_model run. Expected a classification or tagging run.\n"
    )


def test_a_classifier_scores_a_further_file(verdict: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(
        csv_text([("a lovely mouse", "good"), ("so dull", "bad"), ("awful", "good"), ("", "bad")])
    )
    before = sorted((path.name, path.stat().st_mtime_ns) for path in verdict.iterdir())
    said: list[str] = []
    (evaluation,) = evaluate(str(verdict), file="other.csv", errors=1, warn=said.append)
    assert evaluation.part == "data"
    assert (evaluation.rows[0].scores["correct"], evaluation.rows[0].scores["texts"]) == (2, 3)
    assert evaluation.tables[-1].rows[0][1:] == ["good", "bad", "other.csv: row 4", "awful"]
    assert "other.csv: 1 rows with an empty text left out: row 5" in said
    assert sorted((path.name, path.stat().st_mtime_ns) for path in verdict.iterdir()) == before


def test_a_further_file_with_one_label_has_no_areas(verdict: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(
        csv_text([("a lovely mouse", "good"), ("so clever", "good")])
    )
    (evaluation,) = evaluate(str(verdict), file="other.csv", warn=silent)
    assert "roc_auc" not in evaluation.rows[0].scores
    assert evaluation.rows[0].scores["balanced_accuracy"] == 1


def test_a_label_that_the_run_cannot_give(verdict: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(
        csv_text([("a lovely mouse", "good"), ("so dull", "so-so")])
    )
    result = invoke("evaluate", verdict, "--data", "other.csv")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(
        "Error: other.csv: row 3: the label 'so-so', which the training part does not have."
        " Expected one of: bad, good."
    )
    assert len(result.stderr.splitlines()) == 1


def test_data_that_changed_are_scored_with_a_warning_and_not_kept(
    verdict: Path, tmp_path: Path
) -> None:
    """The same rows in another order: other ones are held out, which the run has learnt."""
    said: list[str] = []
    evaluate(str(verdict), warn=said.append)
    assert not any("not those" in line for line in said)
    header, *rows = (
        Path(os.environ["RNNKIT_DATA"], "verdict.csv")
        .read_text(encoding="utf-8")
        .splitlines(keepends=True)
    )
    (tmp_path / "verdict.csv").write_text("".join([header, *reversed(rows)]), encoding="utf-8")
    kept = (verdict / "metrics.json").read_bytes()
    evaluate(str(verdict), ["test"], warn=said.append)
    assert (
        f"the data are not those that {verdict} was trained on: it may know what is held out now."
        " These scores are not kept" in said
    )
    assert (verdict / "metrics.json").read_bytes() == kept
