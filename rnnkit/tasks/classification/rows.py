"""What each text adds to the scores of a classifier, by which two runs are compared."""

from __future__ import annotations

import numpy as np

from rnnkit.data.encode.labels import Labels
from rnnkit.metrics.classification import SMALLEST
from rnnkit.metrics.row_scores import RowScores, weighted


def row_scores(
    probabilities: np.ndarray, answers: np.ndarray, targets: np.ndarray, identity: str
) -> list[RowScores]:
    """Accuracy, macro F1 and log loss, and of several labels micro F1, row by row.

    Args:
        probabilities: (texts, labels).
        answers: (texts,) label indices, or (texts, labels) zeros and ones.
        targets: As `answers`.
        identity: A checksum of the texts and of their labels.
    """
    labels, several = np.arange(probabilities.shape[1]), targets.ndim == 2
    decided, wanted = (
        each > 0 if several else each[:, None] == labels for each in (answers, targets)
    )
    clipped = np.clip(probabilities.astype(np.float64), SMALLEST, 1 - SMALLEST * several)
    chosen = np.where(wanted, clipped, 1 - clipped) if several else clipped
    losses = -np.log(chosen)
    loss = losses.mean(axis=1) if several else losses[np.arange(len(targets)), targets]
    each = [decided & wanted, decided, wanted]
    right = (decided == wanted).all(axis=1)
    scores = [
        RowScores("accuracy", "texts", identity, weighted(right), test="mcnemar"),
        RowScores("macro_f1", "texts", identity, np.concatenate(each, 1) * 1.0, "macro_f1"),
        RowScores("log_loss", "texts", identity, weighted(loss)),
    ]
    if several:
        hits, answered, true = (one.sum(axis=1) for one in each)
        scores.append(RowScores("micro_f1", "texts", identity, weighted(2 * hits, answered + true)))
    return scores


def identity_of(checksum: str, labels: Labels) -> str:
    """That of the rows of a classifier: a run of other labels answers something else."""
    return f"{checksum} {sorted(labels.names)}"
