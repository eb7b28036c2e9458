"""A classifier's scores, compared with simple classifiers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnkit.config import load_config
from rnnkit.tasks.classification.evaluation import ClassificationEvaluator
from rnnkit.tasks.classification.task import Classification
from rnnkit.tasks.prepared import Source
from tests.helpers.classified import SMALL, random_predictor, write_moods, write_verdict
from tests.tasks.classification.test_arrays import write_arrays


def evaluator_of(path: Path, *overrides: str) -> ClassificationEvaluator:
    """Of an untrained model; its thresholds are chosen."""
    task = load_config(path, overrides)
    assert isinstance(task, Classification)
    data = task.prepare(Source())
    data.codec = task.calibrate(random_predictor(task, data.codec), data)
    return task.evaluator(random_predictor(task, data.codec), data)


@pytest.fixture
def verdict(tmp_path: Path) -> Path:
    """good or bad; three rows of the test file have the wrong label."""
    write_verdict(tmp_path)
    return tmp_path / "verdict.yaml"


@pytest.fixture
def moods(tmp_path: Path) -> Path:
    """Any of three labels."""
    write_moods(tmp_path)
    return tmp_path / "moods.yaml"


def test_evaluate_compares_with_simple_classifiers(verdict: Path) -> None:
    evaluation = evaluator_of(verdict).evaluate("validation")
    scores = {row.who: row.scores for row in evaluation.rows}
    assert list(scores) == ["this run", "majority class", "TF-IDF logistic regression"]
    assert scores["majority class"]["accuracy"] == 0.5
    assert scores["majority class"]["log_loss"] == pytest.approx(np.log(2))
    assert scores["TF-IDF logistic regression"]["accuracy"] == 1
    assert (evaluation.part, evaluation.notes) == ("validation", [])


@pytest.mark.parametrize("name", ["verdict", "moods"])
def test_evaluate_scores_every_row_by_the_configs_metrics(
    name: str, request: pytest.FixtureRequest
) -> None:
    evaluation = evaluator_of(request.getfixturevalue(name), "metrics=[matthews]").evaluate("train")
    assert evaluation.rows[1].scores["matthews"] == 0  # the majority class alone
    assert evaluation.rows[2].scores["matthews"] == 1
    assert -1 <= evaluation.rows[0].scores["matthews"] < 1


def test_evaluate_fits_baselines_once(verdict: Path) -> None:
    evaluator = evaluator_of(verdict)
    evaluator.evaluate("validation")
    fitted = evaluator._baseline
    evaluator.evaluate("test")
    assert evaluator._baseline is fitted


def test_evaluate_says_what_cannot_be_scored(verdict: Path, tmp_path: Path) -> None:
    (tmp_path / "only.csv").write_text("text,label\nthe film was lovely,good\n", encoding="utf-8")
    path = f"data.dataset.csv.test_path={tmp_path / 'only.csv'}"
    evaluation = evaluator_of(verdict, path).evaluate("test")
    assert "roc_auc" not in evaluation.rows[0].scores
    assert [word for note in evaluation.notes for word in ("bad", "roc_auc") if word in note] == [
        "bad",
        "roc_auc",
    ]


def test_evaluate_notes_that_training_texts_were_seen(verdict: Path) -> None:
    (note,) = evaluator_of(verdict).evaluate("train").notes
    assert "has seen" in note


def test_evaluate_compares_with_the_published_figure(tmp_path: Path) -> None:
    published = "published: {metric: accuracy, value: 0.5, part: train, source: somebody}\n"
    (tmp_path / "c.yaml").write_text(SMALL + published, encoding="utf-8")
    row = evaluator_of(tmp_path / "c.yaml").evaluate("train").rows[-1]
    assert (row.who, row.scores, row.note) == ("published", {"accuracy": 0.5}, "somebody")


def test_evaluate_counts_every_text_in_its_tables(verdict: Path) -> None:
    evaluation = evaluator_of(verdict).evaluate("test")
    labels, matrix = evaluation.tables
    assert labels.header == ["label", "precision", "recall", "f1", "texts"]
    assert [(row[0], row[-1]) for row in labels.rows] == [
        ("bad", 4),
        ("good", 5),
        ("macro", 9),
        ("micro", 9),
    ]
    assert evaluation.confusion is not None
    counts = np.array(evaluation.confusion.counts)
    assert counts.sum(axis=1).tolist() == [4, 5]  # rows are the true label
    assert np.trace(counts) == evaluation.rows[0].scores["correct"]
    assert [row[1:] for row in matrix.rows] == counts.tolist()


def test_evaluate_lists_the_most_confident_mistakes(verdict: Path) -> None:
    evaluator = evaluator_of(verdict)
    evaluation = evaluator.evaluate("test", errors=100)
    rows = evaluation.tables[-1].rows
    assert evaluation.confusion is not None
    assert len(rows) == 9 - np.trace(evaluation.confusion.counts) > 1
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
    lines = (verdict.parent / "verdict_test.csv").read_text().splitlines()
    for probability, true, answer, where, text in rows:
        number = int(str(where).rpartition("row ")[2])
        assert lines[number - 1] == f"{text},{true}"
        best = evaluator._predictor.answers(str(text), evaluator._predictor.predict([text])[0], 1)
        assert (best[0].label, best[0].probability) == (answer, pytest.approx(probability))
        assert answer != true
    two = evaluator.evaluate("test", errors=2).tables[-1].rows
    assert two == rows[:2]


def test_evaluate_lists_the_surest_wrong_decision_of_several_labels(moods: Path) -> None:
    """As sure of giving a label as its probability is high, and of not giving it as it is low."""
    evaluator = evaluator_of(moods)
    part, labels = evaluator._data.parts["train"], evaluator._labels
    shares = evaluator._predictor.probabilities(part)
    given, wanted = shares >= np.array(labels.thresholds), part.targets > 0
    sure = np.where(given, shares, 1 - shares)
    expected = np.where(given != wanted, sure, 0).max(axis=1)
    rows = evaluator.evaluate("train", errors=100).tables[-1].rows
    worst = np.sort(expected[expected > 0])[::-1]
    np.testing.assert_allclose([row[0] for row in rows], worst)
    for row in rows:
        index = list(part.examples.texts).index(row[4])
        assert row[1] == (", ".join(sorted(part.examples.labels[index])) or "-")


def test_evaluate_with_the_thresholds_of_validation(moods: Path) -> None:
    """Those of each label that bring the highest F1; the baseline has its own."""
    evaluator = evaluator_of(moods)
    part, labels = evaluator._data.parts["validation"], evaluator._labels
    shares, wanted = evaluator._predictor.probabilities(part), part.targets > 0

    def f1(label: int, threshold: float) -> float:
        given = shares[:, label] >= threshold
        return float(2 * (given & wanted[:, label]).sum() / (given.sum() + wanted[:, label].sum()))

    for label, threshold in enumerate(labels.thresholds):
        assert f1(label, threshold) == max(f1(label, other) for other in shares[:, label])
    evaluation = evaluator.evaluate("validation")
    assert evaluation.rows[0].scores["macro_f1"] == pytest.approx(
        np.mean([f1(label, labels.thresholds[label]) for label in range(3)])
    )
    assert [row[-1] for row in evaluation.tables[0].rows[:3]] == list(labels.thresholds)
    assert "thresholds" in evaluation.notes[0]
    assert not evaluator.evaluate("train").confusion


def test_evaluate_of_sequences_compares_with_their_statistics(tmp_path: Path) -> None:
    write_arrays(tmp_path / "x.npz", samples=24)
    config = (
        "task: classification\ndata: {dataset: {arrays: x.npz}, split: 0.25}\n"
        "model: {embedding: none, layers: [gru: 3]}\n"
    )
    (tmp_path / "c.yaml").write_text(config, encoding="utf-8")
    evaluation = evaluator_of(tmp_path / "c.yaml").evaluate("validation", errors=10)
    assert evaluation.rows[2].who.startswith("logistic regression of mean")
    assert all(row[4] == "6 steps" for row in evaluation.tables[-1].rows)
