"""The contribution of each sequence to the scores by which two taggers are compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.data.encode.spans import read_spans
from rnnkit.metrics.row_scores import RowScores, weighted
from rnnkit.tasks.tagging.schemes import Tags


def row_scores(
    true: Sequence[Tags], answers: Sequence[Tags], identity: str, unit: str, *, spans: bool
) -> list[RowScores]:
    """The accuracy of tags and of whole sequences, and span F1 if tags are spans.

    Args:
        true: The true tags of each sequence.
        answers: The predicted tags.
        identity: A checksum of the sequences and their tags.
        unit: What sequences are: "sentences".
        spans: Whether tags write spans, in IOB2.
    """
    pairs = list(zip(true, answers, strict=True))
    hits = np.array([sum(map(str.__eq__, *pair)) for pair in pairs])
    lengths = np.array([len(tags) for tags in true])
    scores = [
        RowScores("accuracy", unit, identity, weighted(hits, lengths)),
        RowScores("sentence_accuracy", unit, identity, weighted(hits == lengths), test="mcnemar"),
    ]
    if not spans:
        return scores
    span_sets = [[set(read_spans(tags)) for tags in pair] for pair in pairs]
    right = np.array([2 * len(expected & answered) for expected, answered in span_sets])
    total = np.array([len(expected) + len(answered) for expected, answered in span_sets])
    return [RowScores("f1", unit, identity, weighted(right, total)), *scores]
