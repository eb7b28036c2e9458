"""The contribution of each text to the scores by which two classifiers are compared."""

from __future__ import annotations

import numpy as np

from rnnkit.data.encode.labels import Labels
from rnnkit.metrics.classification import SMALLEST
from rnnkit.metrics.row_scores import RowScores, weighted


def row_scores(
    probabilities: np.ndarray, answers: np.ndarray, targets: np.ndarray, identity: str
) -> list[RowScores]:
    """The accuracy, macro F1 and log loss, and micro F1 if a text may have several labels.

    Args:
        probabilities: (texts, labels).
        answers: (texts,) label indices, or (texts, labels) zeros and ones.
        targets: As `answers`.
        identity: A checksum of the texts and their labels.
    """
    labels, several = np.arange(probabilities.shape[1]), targets.ndim == 2
    decided, expected = (
        array > 0 if several else array[:, None] == labels for array in (answers, targets)
    )
    clipped = np.clip(probabilities.astype(np.float64), SMALLEST, 1 - SMALLEST * several)
    losses = -np.log(np.where(expected, clipped, 1 - clipped) if several else clipped)
    loss = losses.mean(axis=1) if several else losses[np.arange(len(targets)), targets]
    counted = [decided & expected, decided, expected]
    right = (decided == expected).all(axis=1)
    scores = [
        RowScores("accuracy", "texts", identity, weighted(right), test="mcnemar"),
        RowScores("macro_f1", "texts", identity, np.concatenate(counted, 1) * 1.0, "macro_f1"),
        RowScores("log_loss", "texts", identity, weighted(loss)),
    ]
    if several:
        hits, answered, true = (flags.sum(axis=1) for flags in counted)
        scores.append(RowScores("micro_f1", "texts", identity, weighted(2 * hits, answered + true)))
    return scores


def identity_of(checksum: str, labels: Labels) -> str:
    """The identity of the rows of a classifier, which depends on its labels."""
    return f"{checksum} {sorted(labels.names)}"
