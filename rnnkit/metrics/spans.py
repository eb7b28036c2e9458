"""Precision, recall and F1 of spans, as computed by `conlleval` and `seqeval`: a span is right if
its type and both ends are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

Span = tuple[str, int, int]
"""A type, the first token, and the end (exclusive)."""


@dataclass(frozen=True)
class SpanScore:
    """The scores of the spans of one type.

    Args:
        kind: The type; "micro" for the average over all spans, "macro" over types.
        precision: The share of the predicted spans that are right; 0 without any.
        recall: The share of the true spans that are found; 0 without any.
        f1: The harmonic mean of the two.
        support: The number of true spans.
    """

    kind: str
    precision: float
    recall: float
    f1: float
    support: int


def span_scores(
    true: Sequence[Sequence[Span]], predicted: Sequence[Sequence[Span]]
) -> list[SpanScore]:
    """The scores of each type in alphabetical order, then the micro and macro averages.

    Args:
        true: The true spans of each sentence.
        predicted: The predicted spans of each sentence.
    """
    supports = Counter(span[0] for spans in true for span in spans)
    answers = Counter(span[0] for spans in predicted for span in spans)
    hits = Counter(
        span[0]
        for spans, answer in zip(true, predicted, strict=True)
        for span in set(spans) & set(answer)
    )
    kinds = sorted(supports.keys() | answers.keys())
    rows = [_score(kind, hits[kind], answers[kind], supports[kind]) for kind in kinds]
    total = supports.total()
    over_types = {
        name: sum(getattr(row, name) for row in rows) / max(1, len(rows))
        for name in ("precision", "recall", "f1")
    }
    return [
        *rows,
        _score("micro", hits.total(), answers.total(), total),
        SpanScore("macro", **over_types, support=total),
    ]


def _score(kind: str, hits: int, answers: int, support: int) -> SpanScore:
    precision, recall = hits / max(1, answers), hits / max(1, support)
    return SpanScore(kind, precision, recall, 2 * hits / max(1, answers + support), support)
