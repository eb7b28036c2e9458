"""What each sequence adds to the scores of a tagger, by which two runs are compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.data.encode.spans import read_spans
from rnnkit.metrics.row_scores import RowScores, weighted
from rnnkit.tasks.tagging.schemes import Tags


def row_scores(
    true: Sequence[Tags], answers: Sequence[Tags], identity: str, unit: str, *, spans: bool
) -> list[RowScores]:
    """Span F1 where there are spans, accuracy of tags and of whole sequences.

    Args:
        true: The tags of each sequence.
        answers: The predicted ones.
        identity: A checksum of the sequences and of their tags.
        unit: What a sequence is called.
        spans: Whether tags are those of spans, in IOB2.
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
    each = [[set(read_spans(tags)) for tags in pair] for pair in pairs]
    right = np.array([2 * len(wanted & answered) for wanted, answered in each])
    total = np.array([len(wanted) + len(answered) for wanted, answered in each])
    return [RowScores("f1", unit, identity, weighted(right, total)), *scores]
