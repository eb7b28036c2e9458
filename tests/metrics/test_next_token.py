"""Scores of next-token predictions, compared with a plain computation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.metrics.next_token import NextTokenScore, score_logits, score_probabilities


def plain(logits: list[list[float]], targets: list[int]) -> tuple[int, float]:
    """Correct guesses and nats, one number at a time."""
    correct, nats = 0, 0.0
    for row, target in zip(logits, targets, strict=True):
        total = math.fsum(math.exp(value) for value in row)
        nats += -math.log(math.exp(row[target]) / total)
        correct += row.index(max(row)) == target
    return correct, nats


@given(
    st.integers(1, 30),
    st.integers(1, 20),
    st.integers(0, 2**32 - 1),
    st.sampled_from([np.float32, np.float64]),
)
def test_score_logits_equals_a_plain_computation(
    rows: int, vocabulary: int, random_seed: int, dtype: type
) -> None:
    generator = np.random.default_rng(random_seed)
    logits = (generator.normal(size=(rows, vocabulary)) * 5).astype(dtype)
    targets = generator.integers(0, vocabulary, rows)
    score = score_logits(logits, targets)
    correct, nats = plain(logits.tolist(), targets.tolist())
    assert (score.tokens, score.correct) == (rows, correct)
    assert score.nats == pytest.approx(nats, rel=1e-9, abs=1e-9)


def test_score_logits_by_hand() -> None:
    logits = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]], dtype=np.float64))
    score = score_logits(logits, np.array([1, 2]))
    assert (score.tokens, score.correct) == (2, 1)
    assert score.accuracy == 0.5
    assert score.loss == pytest.approx((math.log(4) - math.log(0.8)) / 2)
    assert score.perplexity == pytest.approx(math.sqrt(4 / 0.8))


def test_score_logits_of_large_logits_does_not_overflow() -> None:
    logits = np.array([[1e4, -1e4, 0.0], [-1e30, -1e30, -1e30]], dtype=np.float32)
    score = score_logits(logits, np.array([1, 0]))
    assert score.nats == pytest.approx(2e4 + math.log(3))
    assert score.correct == 1  # of equal logits the first is taken


def test_score_logits_of_a_hopeless_model_has_a_finite_perplexity() -> None:
    score = score_logits(np.array([[1e30, 0.0]], dtype=np.float64), np.array([1]))
    assert score.loss == 1e30
    assert math.isfinite(score.perplexity)


def test_score_logits_leaves_the_logits_unchanged() -> None:
    logits = np.random.default_rng(0).normal(size=(4, 5))
    before = logits.copy()
    score_logits(logits, np.array([0, 1, 2, 3]))
    np.testing.assert_array_equal(logits, before)


def test_score_logits_of_equal_logits_has_the_perplexity_of_a_guess() -> None:
    score = score_logits(np.zeros((7, 113), np.float32), np.arange(7))
    assert score.perplexity == pytest.approx(113)
    assert score.loss == pytest.approx(math.log(113))
    assert score.accuracy == 1 / 7


@given(st.integers(2, 30), st.integers(1, 29), st.integers(0, 2**32 - 1))
def test_next_token_score_sums_of_parts_are_the_score_of_the_whole(
    rows: int, cut: int, random_seed: int
) -> None:
    generator = np.random.default_rng(random_seed)
    logits, targets = generator.normal(size=(rows, 6)), generator.integers(0, 6, rows)
    whole = score_logits(logits, targets)
    parts = (
        score_logits(logits[:cut], targets[:cut]) + score_logits(logits[cut:], targets[cut:])
        if cut < rows
        else NextTokenScore() + whole
    )
    assert (parts.tokens, parts.correct) == (whole.tokens, whole.correct)
    assert parts.nats == pytest.approx(whole.nats)
    assert parts.accuracy == whole.accuracy
    assert parts.perplexity == pytest.approx(whole.perplexity)


def test_score_probabilities_equals_score_logits() -> None:
    generator = np.random.default_rng(1)
    logits, targets = generator.normal(size=(40, 6)), generator.integers(0, 6, 40)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    score = score_probabilities(
        probabilities[np.arange(40), targets], logits.argmax(axis=1), targets
    )
    assert score.nats == pytest.approx(score_logits(logits, targets).nats)
    assert score.correct == score_logits(logits, targets).correct


def test_score_probabilities_of_certainty_has_no_loss() -> None:
    score = score_probabilities(np.ones(3), np.array([1, 2, 3]), np.array([1, 2, 3]))
    assert (score.loss, score.accuracy, score.perplexity) == (0.0, 1.0, 1.0)
    assert math.copysign(1, score.loss) == 1  # not -0.0, which would be printed so


def test_as_dict_gives_counts_and_rates() -> None:
    score = NextTokenScore(tokens=4, correct=3, nats=4 * math.log(2))
    assert score.as_dict() == {
        "accuracy": 0.75,
        "correct": 3,
        "tokens": 4,
        "loss": pytest.approx(math.log(2)),
        "perplexity": pytest.approx(2),
    }
