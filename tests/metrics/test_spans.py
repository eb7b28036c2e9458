"""Scores of spans, equal to seqeval's, and to conlleval's on a case counted by hand."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report
from seqeval.metrics.sequence_labeling import get_entities

from rnnkit.metrics.spans import Span, SpanScore, span_scores

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "E-LOC", "S-MISC"]


@st.composite
def tagged(draw: st.DrawFn) -> tuple[list[list[str]], list[list[str]]]:
    lengths = draw(st.lists(st.integers(1, 8), min_size=1, max_size=5))
    true, predicted = (
        [
            draw(st.lists(st.sampled_from(TAGS), min_size=length, max_size=length))
            for length in lengths
        ]
        for _ in range(2)
    )
    return true, predicted


def spans(sentences: list[list[str]]) -> list[list[Span]]:
    return [
        [(kind, start, end + 1) for kind, start, end in get_entities(tags)] for tags in sentences
    ]


@given(tagged())
def test_span_scores_equal_seqeval(sentences: tuple[list[list[str]], list[list[str]]]) -> None:
    true, predicted = sentences
    rows = {row.kind: row for row in span_scores(spans(true), spans(predicted))}
    if not any(spans(true)) and not any(spans(predicted)):
        assert set(rows) == {"micro", "macro"}  # seqeval has no numbers for no spans at all
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = classification_report(true, predicted, output_dict=True, zero_division=0)
    expected.pop("weighted avg")
    assert {kind.replace(" avg", "") for kind in expected} == set(rows)
    for kind, scores in expected.items():
        row = rows[kind.replace(" avg", "")]
        assert (row.precision, row.recall, row.f1) == pytest.approx(
            (scores["precision"], scores["recall"], scores["f1-score"])
        )
        assert row.support == scores["support"]


def test_span_scores_by_hand() -> None:
    """As conlleval counts: a span with one end wrong is not a hit, nor is one of another
    type."""
    true: list[list[Span]] = [[("PER", 0, 2), ("LOC", 3, 4)], [("LOC", 0, 1)]]
    predicted: list[list[Span]] = [[("PER", 0, 1), ("LOC", 3, 4)], [("ORG", 0, 1)]]
    assert span_scores(true, predicted) == [
        SpanScore("LOC", 1.0, 0.5, pytest.approx(2 / 3), 2),  # type: ignore[arg-type]
        SpanScore("ORG", 0.0, 0.0, 0.0, 0),
        SpanScore("PER", 0.0, 0.0, 0.0, 1),
        SpanScore("micro", pytest.approx(1 / 3), pytest.approx(1 / 3), pytest.approx(1 / 3), 3),  # type: ignore[arg-type]
        SpanScore("macro", pytest.approx(1 / 3), pytest.approx(1 / 6), pytest.approx(2 / 9), 3),  # type: ignore[arg-type]
    ]


def test_span_scores_without_any_span() -> None:
    assert [(row.kind, row.f1, row.support) for row in span_scores([[], []], [[], []])] == [
        ("micro", 0.0, 0),
        ("macro", 0.0, 0),
    ]
