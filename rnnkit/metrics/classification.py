"""Scores of classifications as scikit-learn defines them; importing it would take longer than
scoring a test set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.metrics.ranking import average_precision, roc_auc

CALIBRATION_BINS = 15
SMALLEST = 1e-7  # least probability, as the log loss of 0 is infinite


@dataclass(frozen=True)
class ClassScore:
    """The scores of one label.

    Args:
        label: Its name, or "macro" or "micro" for an average.
        precision: The share of the texts with this answer that have the label.
        recall: The share of the texts with the label that got this answer.
        f1: The harmonic mean of the two.
        support: The number of texts with the label.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int


def one_label_scores(probabilities: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """The scores of (texts, labels) probabilities by (texts,) label indices.

    Areas under curves are omitted if all texts have the same label. With two labels they are those
    of the second one, with more the mean over the labels that occur, each against the rest.
    `calibration_error` is that of Guo et al. 2017: 15 bins of equal width by the probability of the
    most probable label.
    """
    answers, labels = probabilities.argmax(axis=1), np.arange(probabilities.shape[1])
    hits = answers == targets
    present = np.unique(targets)
    scores = {
        "accuracy": float(hits.mean()),
        "correct": int(hits.sum()),
        "texts": len(targets),
        "balanced_accuracy": float(np.mean([hits[targets == label].mean() for label in present])),
        "macro_f1": float(_f1(*_counts(answers, targets, len(labels))).mean()),
    }
    if len(present) > 1:
        one_hot = targets[:, None] == labels
        columns = [1] if len(labels) == 2 else present
        scores["roc_auc"] = roc_auc(probabilities[:, columns], one_hot[:, columns])
        scores["pr_auc"] = average_precision(probabilities[:, columns], one_hot[:, columns])
    chosen = np.clip(
        probabilities[np.arange(len(targets)), targets].astype(np.float64), SMALLEST, 1
    )
    scores["log_loss"] = float(-np.log(chosen).mean())
    scores["calibration_error"] = calibration_error(probabilities.max(axis=1), hits)
    return scores


def several_label_scores(
    probabilities: np.ndarray, targets: np.ndarray, thresholds: np.ndarray
) -> dict[str, float]:
    """The scores of (texts, labels) probabilities by (texts, labels) zeros and ones.

    `accuracy` is the share of texts with exactly the right labels; areas are means over the labels
    that some texts have and others lack; log loss and calibration error are over all decisions.
    """
    answers = probabilities >= thresholds
    expected = targets > 0
    hits = (answers == expected).all(axis=1)
    counts = _counts(answers, expected, expected.shape[1])
    either = (answers | expected).sum(axis=1)
    scores = {
        "accuracy": float(hits.mean()),
        "correct": int(hits.sum()),
        "texts": len(targets),
        "micro_f1": float(_f1(*counts.sum(axis=1))),
        "macro_f1": float(_f1(*counts).mean()),
        "jaccard": float(_share((answers & expected).sum(axis=1), either, if_empty=1.0).mean()),
    }
    varied = expected.any(axis=0) & ~expected.all(axis=0)
    if varied.any():
        scores["roc_auc"] = roc_auc(probabilities[:, varied], expected[:, varied])
        scores["pr_auc"] = average_precision(probabilities[:, varied], expected[:, varied])
    clipped = np.clip(probabilities.astype(np.float64), SMALLEST, 1 - SMALLEST)
    scores["log_loss"] = float(-np.where(expected, np.log(clipped), np.log(1 - clipped)).mean())
    certain = np.maximum(probabilities, 1 - probabilities)
    scores["calibration_error"] = calibration_error(
        certain.ravel(), ((probabilities >= 0.5) == expected).ravel()
    )
    return scores


def calibration_error(confidences: np.ndarray, hits: np.ndarray) -> float:
    """The mean difference between the confidence and the accuracy of answers over bins of
    confidence.

    Args:
        confidences: The probability of each answer, (answers,).
        hits: Whether each answer is right, (answers,).
    """
    bins = np.minimum((confidences * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    sure = np.bincount(bins, confidences, CALIBRATION_BINS)
    right = np.bincount(bins, hits, CALIBRATION_BINS)
    return float(np.abs(sure - right).sum() / len(hits))


def class_scores(
    answers: np.ndarray, targets: np.ndarray, names: Sequence[str]
) -> list[ClassScore]:
    """Precision, recall and F1 of each label, then their macro and micro averages.

    Args:
        answers: (texts,) indices, or (texts, labels) decisions.
        targets: As `answers`.
        names: The labels.
    """
    counts = _counts(answers, targets, len(names))
    right, answered, true = counts
    columns = [_share(right, answered), _share(right, true), _f1(*counts)]
    scores = [
        ClassScore(name, float(precision), float(recall), float(f1), int(support))
        for name, precision, recall, f1, support in zip(names, *columns, true, strict=True)
    ]
    right, answered, total = counts.sum(axis=1)
    micro = [_share(right, answered), _share(right, total), _f1(right, answered, total)]
    macro = [column.mean() for column in columns]
    for average, values in (("macro", macro), ("micro", micro)):
        precision, recall, f1 = map(float, values)
        scores.append(ClassScore(average, precision, recall, f1, int(total)))
    return scores


def _counts(answers: np.ndarray, targets: np.ndarray, labels: int) -> np.ndarray:
    """The right answers, the answers and the texts of each label, (3, labels)."""
    if targets.ndim == 2:
        decided, expected = answers > 0, targets > 0
        return np.array([flags.sum(axis=0) for flags in (decided & expected, decided, expected)])
    indices = (targets[answers == targets], answers, targets)
    return np.array([np.bincount(labelled, minlength=labels) for labelled in indices])


def _f1(right: np.ndarray, answered: np.ndarray, true: np.ndarray) -> np.ndarray:
    return _share(2 * right, answered + true)


def _share(part: np.ndarray, whole: np.ndarray, if_empty: float = 0.0) -> np.ndarray:
    """part / whole; `if_empty` if the whole is 0."""
    return np.where(whole > 0, part / np.maximum(whole, 1), if_empty)


def confusion(answers: np.ndarray, targets: np.ndarray, labels: int) -> np.ndarray:
    """The confusion matrix, (labels, labels): rows are true labels, columns answers."""
    return np.bincount(targets * labels + answers, minlength=labels * labels).reshape(
        labels, labels
    )


def best_thresholds(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The threshold of the probability of each label with the highest F1; 0.5 if no text has the
    label.

    Args:
        probabilities: (texts, labels).
        targets: (texts, labels) zeros and ones.
    """
    thresholds = np.full(probabilities.shape[1], 0.5)
    for label in range(probabilities.shape[1]):
        order = np.argsort(-probabilities[:, label], kind="stable")
        sorted_probabilities, expected = probabilities[order, label], targets[order, label]
        if not expected.any():
            continue
        hits = np.cumsum(expected)
        f1 = 2 * hits / (np.arange(1, len(expected) + 1) + expected.sum())
        # texts of equal probability lie on the same side of a threshold
        f1[:-1][sorted_probabilities[:-1] == sorted_probabilities[1:]] = 0
        best = int(f1.argmax())
        below = sorted_probabilities[best + 1] if best + 1 < len(expected) else 0.0
        thresholds[label] = (float(sorted_probabilities[best]) + float(below)) / 2
    return thresholds
