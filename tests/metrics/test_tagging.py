from __future__ import annotations

import pytest

from rnnkit.metrics.tagging import tag_scores


def test_tag_scores_by_hand() -> None:
    scores = tag_scores(
        [["the", "mouse"], ["a", "cat", "sat"], ["."]],
        [["DET", "NOUN"], ["DET", "NOUN", "VERB"], ["X"]],
        [["DET", "NOUN"], ["DET", "VERB", "VERB"], ["Y"]],
        {"the", "a", "mouse"},
    )
    assert scores == {
        "accuracy": pytest.approx(4 / 6),
        "correct": 4,
        "tokens": 6,
        "sentence_accuracy": pytest.approx(1 / 3),
        "unknown_accuracy": pytest.approx(1 / 3),  # cat, sat and the mark, of which sat is right
    }


def test_tag_scores_without_unknown_words_omits_their_accuracy() -> None:
    assert "unknown_accuracy" not in tag_scores([["a"]], [["X"]], [["X"]], {"a"})
