"""Scores of probabilities by the order in which they put the texts, whatever the threshold."""

from __future__ import annotations

import numpy as np


def roc_auc(probabilities: np.ndarray, wanted: np.ndarray) -> float:
    """The area under the curve of true positives by false positives: how often a text with the
    label has a higher probability of it than one without, ties counted half; the mean over the
    labels.

    Args:
        probabilities: (texts, labels).
        wanted: (texts, labels) whether a text has the label; some have each, some have not.
    """
    areas = []
    for column, has in zip(probabilities.T, wanted.T > 0, strict=True):
        hits, misses = _by_threshold(column, has)
        heights, widths = (np.concatenate([[0], counts]) for counts in (hits, misses))
        area = ((heights[1:] + heights[:-1]) / 2 * np.diff(widths)).sum()
        areas.append(area / (hits[-1] * misses[-1]))
    return float(np.mean(areas))


def average_precision(probabilities: np.ndarray, wanted: np.ndarray) -> float:
    """The area under the curve of precision by recall, without interpolation: the mean over the
    labels.

    Args:
        probabilities: As in `roc_auc`.
        wanted: As in `roc_auc`.
    """
    areas = []
    for column, has in zip(probabilities.T, wanted.T > 0, strict=True):
        hits, misses = _by_threshold(column, has)
        gained = np.diff(hits, prepend=0) / hits[-1]
        areas.append((gained * hits / (hits + misses)).sum())
    return float(np.mean(areas))


def _by_threshold(probabilities: np.ndarray, has: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Texts with the label, and texts without it, whose probability is at least each of the
    different ones, the highest first.
    """
    order = np.argsort(-probabilities, kind="stable")
    falling = probabilities[order]
    last = np.append(np.flatnonzero(falling[1:] != falling[:-1]), len(falling) - 1)
    hits = np.cumsum(has[order], dtype=np.float64)[last]
    return hits, last + 1 - hits
