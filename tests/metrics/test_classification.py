"""Scores of classifications, against scikit-learn called directly, slow loops and cases worked by
hand.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from rnnkit.metrics.classification import (
    best_thresholds,
    calibration_error,
    class_scores,
    confusion,
    one_label_scores,
    several_label_scores,
)

seeds = st.integers(0, 2**32 - 1)


def drawn(random_seed: int, texts: int, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that sum to 1, and one label each; every label occurs."""
    generator = np.random.default_rng(random_seed)
    probabilities = generator.dirichlet(np.ones(labels), texts)
    return probabilities, generator.permutation(np.arange(texts) % labels).astype(np.int32)


def decided(random_seed: int, texts: int, labels: int) -> tuple[np.ndarray, np.ndarray]:
    """A probability of each label, and zeros and ones; with few different probabilities, so that
    ties are common.
    """
    generator = np.random.default_rng(random_seed)
    return generator.integers(0, 9, (texts, labels)) / 8, (
        generator.random((texts, labels)) < 0.4
    ).astype(np.float32)


# One label a text.


@given(seeds, st.integers(2, 5), st.integers(2, 40))
def test_one_label_scores_equal_scikit_learn(random_seed: int, labels: int, texts: int) -> None:
    texts = max(texts, labels)
    probabilities, targets = drawn(random_seed, texts, labels)
    scores, answers, names = (
        one_label_scores(probabilities, targets),
        probabilities.argmax(axis=1),
        np.arange(labels),
    )
    assert scores["accuracy"] == pytest.approx(metrics.accuracy_score(targets, answers))
    assert (scores["correct"], scores["texts"]) == ((answers == targets).sum(), texts)
    assert scores["balanced_accuracy"] == pytest.approx(
        metrics.balanced_accuracy_score(targets, answers)
    )
    assert scores["macro_f1"] == pytest.approx(
        metrics.f1_score(targets, answers, labels=names, average="macro", zero_division=0)
    )
    assert scores["log_loss"] == pytest.approx(
        metrics.log_loss(targets, probabilities, labels=names), rel=1e-5
    )
    if labels == 2:
        assert scores["roc_auc"] == pytest.approx(
            metrics.roc_auc_score(targets, probabilities[:, 1])
        )
        assert scores["pr_auc"] == pytest.approx(
            metrics.average_precision_score(targets, probabilities[:, 1])
        )
    else:
        assert scores["roc_auc"] == pytest.approx(
            metrics.roc_auc_score(targets, probabilities, multi_class="ovr", labels=names)
        )
        each = [
            metrics.average_precision_score(targets == label, probabilities[:, label])
            for label in names
        ]
        assert scores["pr_auc"] == pytest.approx(np.mean(each))


def test_one_label_scores_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2], [0.3, 0.7]])
    scores = one_label_scores(probabilities, np.array([0, 0, 1, 1]))
    assert scores == pytest.approx(
        {
            "accuracy": 0.5,
            "correct": 2,
            "texts": 4,
            "balanced_accuracy": 0.5,
            "macro_f1": 0.5,
            "roc_auc": 0.75,  # of four pairs, 0.2 against 0.6 is the wrong way round
            "pr_auc": 0.5 * 1 + 0.5 * 2 / 3,
            "log_loss": -math.log(0.9 * 0.4 * 0.2 * 0.7) / 4,
            "calibration_error": (0.1 + 0.6 + 0.8 + 0.3) / 4,  # four bins of one text
        }
    )


@pytest.mark.parametrize("labels", [2, 3])
def test_one_label_scores_omit_areas_where_all_texts_have_one_label(labels: int) -> None:
    probabilities, _ = drawn(0, 6, labels)
    scores = one_label_scores(probabilities, np.ones(6, np.int32))
    assert scores.keys() == {
        "accuracy",
        "correct",
        "texts",
        "balanced_accuracy",
        "macro_f1",
        "log_loss",
        "calibration_error",
    }
    assert scores["balanced_accuracy"] == scores["accuracy"]


def test_one_label_scores_average_areas_over_the_labels_that_occur() -> None:
    probabilities, _ = drawn(3, 20, 4)
    targets = np.arange(20, dtype=np.int32) % 3  # nobody has the fourth label
    each = [metrics.roc_auc_score(targets == label, probabilities[:, label]) for label in range(3)]
    assert one_label_scores(probabilities, targets)["roc_auc"] == pytest.approx(np.mean(each))


def test_one_label_scores_of_wrong_certainty_are_finite() -> None:
    scores = one_label_scores(np.array([[1.0, 0.0]]), np.array([1]))
    assert scores["log_loss"] == pytest.approx(-math.log(1e-7))
    assert scores["calibration_error"] == 1


# Several labels a text.


@given(seeds, st.integers(1, 5), st.integers(1, 30))
def test_several_label_scores_equal_slow_counts(random_seed: int, labels: int, texts: int) -> None:
    probabilities, targets = decided(random_seed, texts, labels)
    thresholds = np.random.default_rng(random_seed).integers(1, 9, labels) / 8
    scores = several_label_scores(probabilities, targets, thresholds)
    given, wanted = probabilities >= thresholds, targets > 0
    both, either = (given & wanted).sum(axis=1), (given | wanted).sum(axis=1)
    assert scores["accuracy"] == np.mean(
        [(row == want).all() for row, want in zip(given, wanted, strict=True)]
    )
    assert scores["jaccard"] == pytest.approx(
        np.mean([b / e if e else 1.0 for b, e in zip(both, either, strict=True)])
    )
    f1 = [
        2 * hits / total if (total := given[:, label].sum() + wanted[:, label].sum()) else 0.0
        for label in range(labels)
        for hits in [(given & wanted)[:, label].sum()]
    ]
    assert scores["macro_f1"] == pytest.approx(np.mean(f1))
    total = given.sum() + wanted.sum()
    assert scores["micro_f1"] == pytest.approx(2 * both.sum() / total if total else 0)
    clipped = np.clip(probabilities, 1e-7, 1 - 1e-7)
    assert scores["log_loss"] == pytest.approx(
        -np.where(wanted, np.log(clipped), np.log(1 - clipped)).mean()
    )
    varied = [label for label in range(labels) if 0 < wanted[:, label].sum() < texts]
    assert ("roc_auc" in scores) == ("pr_auc" in scores) == bool(varied)
    if varied:
        each = [
            metrics.roc_auc_score(wanted[:, label], probabilities[:, label]) for label in varied
        ]
        assert scores["roc_auc"] == pytest.approx(np.mean(each))
        each = [
            metrics.average_precision_score(wanted[:, label], probabilities[:, label])
            for label in varied
        ]
        assert scores["pr_auc"] == pytest.approx(np.mean(each))


def test_several_label_scores_by_hand() -> None:
    probabilities = np.array([[0.9, 0.2], [0.6, 0.1], [0.3, 0.4]])
    targets = np.array([[1, 0], [0, 0], [1, 1]], np.float32)
    scores = several_label_scores(probabilities, targets, np.array([0.5, 0.4]))
    assert (scores["accuracy"], scores["correct"], scores["texts"]) == (1 / 3, 1, 3)
    assert scores["jaccard"] == pytest.approx((1 + 0 + 1 / 2) / 3)
    assert scores["micro_f1"] == pytest.approx(2 * 2 / (3 + 3))
    assert scores["macro_f1"] == pytest.approx((1 / 2 + 1) / 2)


# Calibration.


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_calibration_error_equals_a_slow_loop(answers: list[tuple[float, bool]]) -> None:
    error = 0.0
    for number in range(15):
        members = [(sure, hit) for sure, hit in answers if min(int(sure * 15), 14) == number]
        if members:
            confidence, right = (
                np.mean([sure for sure, _ in members]),
                np.mean([hit for _, hit in members]),
            )
            error += len(members) / len(answers) * abs(confidence - right)
    sure, hits = np.array([sure for sure, _ in answers]), np.array([hit for _, hit in answers])
    assert calibration_error(sure, hits) == pytest.approx(error, abs=1e-9)


def test_calibration_error_is_zero_where_confidence_matches_accuracy() -> None:
    assert calibration_error(np.full(4, 0.75), np.array([True, True, True, False])) == 0
    assert calibration_error(np.ones(3), np.ones(3, bool)) == 0
    assert calibration_error(np.full(4, 0.75), np.zeros(4, bool)) == 0.75


# Tables.


def test_class_scores_of_each_label_and_their_means() -> None:
    answers, targets = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0])
    found = {score.label: score for score in class_scores(answers, targets, ["a", "b", "c"])}
    assert list(found) == ["a", "b", "c", "macro", "micro"]
    assert (found["a"].precision, found["a"].recall, found["a"].f1, found["a"].support) == (
        0.5,
        0.5,
        0.5,
        2,
    )
    assert (found["b"].precision, found["b"].recall, found["b"].f1) == pytest.approx(
        (1, 2 / 3, 0.8)
    )
    assert (found["c"].precision, found["c"].recall, found["c"].f1, found["c"].support) == (
        0,
        0,
        0,
        0,
    )
    assert (found["macro"].f1, found["macro"].support) == (pytest.approx(1.3 / 3), 5)
    assert (found["micro"].precision, found["micro"].recall, found["micro"].f1) == pytest.approx(
        (0.6, 0.6, 0.6)
    )


@pytest.mark.parametrize("labels", [1, 2, 4])
def test_class_scores_of_each_of_several_labels(labels: int) -> None:
    """With a single label, too, they are those of the texts that have it, not of those that lack
    it.
    """
    probabilities, targets = decided(1, 30, labels)
    answers, wanted = (probabilities >= 0.5).astype(int), targets.astype(int)
    found = class_scores(answers, wanted, [f"label {number}" for number in range(labels)])
    for label in range(labels):
        expected = metrics.precision_recall_fscore_support(
            wanted[:, label], answers[:, label], average="binary", zero_division=0
        )
        assert (found[label].precision, found[label].recall, found[label].f1) == pytest.approx(
            expected[:3]
        )
        assert found[label].support == wanted[:, label].sum()
    assert found[-2].f1 == pytest.approx(np.mean([score.f1 for score in found[:labels]]))
    assert found[-1].f1 == pytest.approx(
        2 * (answers * wanted).sum() / (answers.sum() + wanted.sum())
    )
    assert found[-1].support == wanted.sum()


@given(seeds, st.integers(1, 6), st.integers(0, 40))
def test_confusion_counts_every_text_once(random_seed: int, labels: int, texts: int) -> None:
    generator = np.random.default_rng(random_seed)
    answers, targets = (
        generator.integers(0, labels, texts).astype(np.int32),
        generator.integers(0, labels, texts).astype(np.int32),
    )
    counts = confusion(answers, targets, labels)
    assert counts.shape == (labels, labels)
    for true in range(labels):
        for answer in range(labels):
            assert counts[true, answer] == sum(
                (t, a) == (true, answer) for t, a in zip(targets, answers, strict=True)
            )


# Thresholds.


def f1_of(probabilities: np.ndarray, targets: np.ndarray, threshold: float) -> float:
    given, wanted = probabilities >= threshold, targets > 0
    return 2 * (given & wanted).sum() / (given.sum() + wanted.sum())


@given(seeds, st.integers(1, 3), st.integers(1, 30))
def test_best_thresholds_have_the_highest_f1(random_seed: int, labels: int, texts: int) -> None:
    probabilities, targets = decided(random_seed, texts, labels)
    thresholds = best_thresholds(probabilities, targets)
    for label in range(labels):
        column, wanted = probabilities[:, label], targets[:, label]
        if not wanted.any():
            assert thresholds[label] == 0.5
            continue
        best = max(f1_of(column, wanted, threshold) for threshold in np.unique(column))
        assert f1_of(column, wanted, thresholds[label]) == pytest.approx(best)
        # halfway between two texts, so that rounding does not change an answer
        assert not (column == thresholds[label]).any() or thresholds[label] == 0


def test_best_thresholds_by_hand() -> None:
    probabilities = np.array([[0.9, 0.3], [0.6, 0.3], [0.2, 0.3]])
    targets = np.array([[1, 1], [1, 0], [0, 0]], np.float32)
    assert best_thresholds(probabilities, targets).tolist() == pytest.approx([0.4, 0.15])
    assert best_thresholds(probabilities, np.zeros_like(targets)).tolist() == [0.5, 0.5]
    assert best_thresholds(probabilities, np.ones_like(targets)).tolist() == pytest.approx(
        [0.1, 0.15]
    )
