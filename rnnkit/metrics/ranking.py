"""Scores of probabilities that depend on the ranking of texts alone, not on a threshold."""

from __future__ import annotations

import numpy as np


def roc_auc(probabilities: np.ndarray, expected: np.ndarray) -> float:
    """The area under the curve of true positives by false positives, the mean over labels: the
    probability that a text with the label ranks above one without, ties counted half.

    Args:
        probabilities: (texts, labels).
        expected: (texts, labels), whether a text has each label; some must, some not.
    """
    areas = []
    for column, has_label in zip(probabilities.T, expected.T > 0, strict=True):
        hits, misses = _by_threshold(column, has_label)
        heights, widths = (np.concatenate([[0], counts]) for counts in (hits, misses))
        area = ((heights[1:] + heights[:-1]) / 2 * np.diff(widths)).sum()
        areas.append(area / (hits[-1] * misses[-1]))
    return float(np.mean(areas))


def average_precision(probabilities: np.ndarray, expected: np.ndarray) -> float:
    """The area under the curve of precision by recall without interpolation, the mean over labels.

    Args:
        probabilities: As in `roc_auc`.
        expected: As in `roc_auc`.
    """
    areas = []
    for column, has_label in zip(probabilities.T, expected.T > 0, strict=True):
        hits, misses = _by_threshold(column, has_label)
        gained = np.diff(hits, prepend=0) / hits[-1]
        areas.append((gained * hits / (hits + misses)).sum())
    return float(np.mean(areas))


def _by_threshold(
    probabilities: np.ndarray, has_label: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of texts with the label, and of texts without it, whose probability is at least
    each distinct value, in descending order.
    """
    order = np.argsort(-probabilities, kind="stable")
    falling = probabilities[order]
    last = np.append(np.flatnonzero(falling[1:] != falling[:-1]), len(falling) - 1)
    hits = np.cumsum(has_label[order], dtype=np.float64)[last]
    return hits, last + 1 - hits
