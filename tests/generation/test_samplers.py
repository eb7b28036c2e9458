"""From logits to the next token: what each sampler keeps, and whether draws have the odds that they
should.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.generation.samplers import (
    MinP,
    draw,
    greedy,
    repetition_penalty,
    temperature,
    top_k,
    top_p,
)

LOGITS = np.array([2.0, 1.0, 0.5, 0.0, -1.0, -3.0])
NO_HISTORY = np.zeros((1, 0), dtype=np.int32)
CHI_SQUARE_5 = 20.515  # exceeded once in 1,000 times, with 5 degrees of freedom

RANDOM_LOGITS = st.tuples(st.integers(1, 4), st.integers(1, 12), st.integers(0, 2**32 - 1)).map(
    lambda shape: np.random.default_rng(shape[2]).normal(size=shape[:2]) * 3
)


def softmax(logits: np.ndarray) -> np.ndarray:
    odds = np.exp(logits - logits.max())
    return odds / odds.sum()


def draws(logits: np.ndarray, count: int, random_seed: int) -> np.ndarray:
    """So many draws from one row of logits."""
    return draw(np.tile(logits, (count, 1)), np.random.default_rng(random_seed))


@pytest.mark.parametrize("degree", [0.5, 1.0, 2.0, 100.0])
@pytest.mark.parametrize("random_seed", [0, 1])
def test_draw_has_the_probabilities_of_the_softmax(degree: float, random_seed: int) -> None:
    count = 20_000
    logits = temperature(LOGITS[None, :], degree, NO_HISTORY)[0]
    expected = softmax(LOGITS / degree) * count
    observed = np.bincount(draws(logits, count, random_seed), minlength=len(LOGITS))
    assert observed.sum() == count
    chi_square = ((observed - expected) ** 2 / expected).sum()
    assert chi_square < CHI_SQUARE_5
    # The bound means something: the odds of another temperature are far outside.
    wrong = softmax(LOGITS / (degree * 1.5)) * count
    if degree < 10:
        assert ((observed - wrong) ** 2 / wrong).sum() > 3 * CHI_SQUARE_5


def test_draw_rows_are_independent() -> None:
    rows = np.array([[50.0, 0, 0], [0, 50.0, 0], [0, 0, 50.0]])
    assert draw(rows, np.random.default_rng(0)).tolist() == [0, 1, 2]
    equal = draw(np.zeros((300, 3)), np.random.default_rng(0))
    assert set(equal.tolist()) == {0, 1, 2}


def test_draw_same_random_seed_draws_the_same() -> None:
    np.testing.assert_array_equal(draws(LOGITS, 500, 7), draws(LOGITS, 500, 7))
    assert (draws(LOGITS, 500, 7) != draws(LOGITS, 500, 8)).any()


def test_draw_never_gives_minus_infinity() -> None:
    logits = np.array([-np.inf, -50.0, -np.inf, -50.0])
    assert set(draws(logits, 2000, 0).tolist()) == {1, 3}


def test_greedy_takes_the_first_of_the_most_probable() -> None:
    assert greedy(np.array([[0.0, 3.0, 3.0], [-1.0, -5.0, -np.inf]])).tolist() == [1, 0]


@pytest.mark.parametrize("degree", [1e-2, 1e-6, 1e-200, 5e-324])
@pytest.mark.parametrize("shift", [0.0, -100.0, 100.0])
def test_temperature_near_0_draws_the_most_probable(degree: float, shift: float) -> None:
    logits = np.array([-np.inf, 1.0, 1.5, 0.2]) + shift  # the first is banned
    cold = temperature(np.tile(logits, (200, 1)), degree, NO_HISTORY)
    assert (draw(cold, np.random.default_rng(0)) == 2).all()


@given(RANDOM_LOGITS, st.floats(0.01, 100))
def test_temperature_keeps_the_order_and_divides_every_difference(
    logits: np.ndarray, degree: float
) -> None:
    changed = temperature(logits, degree, NO_HISTORY)
    np.testing.assert_array_equal(greedy(changed), greedy(logits))
    np.testing.assert_allclose(
        changed - changed[:, :1], (logits - logits[:, :1]) / degree, rtol=1e-9, atol=1e-9
    )


def test_temperature_high_evens_out_the_probabilities() -> None:
    np.testing.assert_allclose(
        softmax(temperature(LOGITS[None, :], 1e6, NO_HISTORY)[0]), 1 / 6, atol=1e-5
    )


def kept(logits: np.ndarray) -> list[list[int]]:
    """The tokens of each row that can still be drawn."""
    return [np.flatnonzero(np.isfinite(row)).tolist() for row in logits]


def test_top_k_by_hand() -> None:
    logits = np.array([[0.0, 3.0, 1.0, 2.0], [5.0, 5.0, 5.0, 1.0]])
    assert kept(top_k(logits, 2, NO_HISTORY)) == [[1, 3], [0, 1]]  # of equals those of lower id
    assert kept(top_k(logits, 1, NO_HISTORY)) == [[1], [0]]
    np.testing.assert_array_equal(top_k(logits, 99, NO_HISTORY), logits)


def test_top_p_by_hand() -> None:
    logits = np.log(np.array([[0.1, 0.5, 0.15, 0.25]]))
    assert kept(top_p(logits, 0.01, NO_HISTORY)) == [[1]]  # never empty
    assert kept(top_p(logits, 0.45, NO_HISTORY)) == [[1]]
    assert kept(top_p(logits, 0.6, NO_HISTORY)) == [[1, 3]]
    assert kept(top_p(logits, 0.8, NO_HISTORY)) == [[1, 2, 3]]
    assert kept(top_p(logits, 0.95, NO_HISTORY)) == [[0, 1, 2, 3]]
    assert kept(top_p(logits, 1.0, NO_HISTORY)) == [[0, 1, 2, 3]]


@given(RANDOM_LOGITS, st.integers(1, 12), st.floats(0.01, 0.99))
def test_top_k_and_top_p_keep_the_most_probable_unchanged(
    logits: np.ndarray, count: int, share: float
) -> None:
    for changed in (top_k(logits, count, NO_HISTORY), top_p(logits, share, NO_HISTORY)):
        for before, after, tokens in zip(logits, changed, kept(changed), strict=True):
            np.testing.assert_array_equal(after[tokens], before[tokens])
            others = np.delete(before, tokens)
            assert others.size == 0 or others.max() <= before[tokens].min()
    assert [len(tokens) for tokens in kept(top_k(logits, count, NO_HISTORY))] == [
        min(count, logits.shape[1])
    ] * len(logits)
    for row, tokens in zip(logits, kept(top_p(logits, share, NO_HISTORY)), strict=True):
        probabilities = softmax(row)
        assert probabilities[tokens].sum() >= share - 1e-9
        # without the least of them it is too little
        assert probabilities[tokens].sum() - probabilities[tokens].min() < share + 1e-9


def test_repetition_penalty_by_hand() -> None:
    logits = np.array([[2.0, -2.0, 1.0, -1.0], [2.0, -2.0, 1.0, -1.0]])
    changed = repetition_penalty(logits, 2.0, np.array([[0, 1, 0], [2, 2, 3]]))
    # once, however often it stood there
    assert changed.tolist() == [[1.0, -4.0, 1.0, -1.0], [2.0, -2.0, 0.5, -2.0]]
    np.testing.assert_array_equal(
        repetition_penalty(logits, 1.0, np.array([[0, 1], [2, 3]])), logits
    )


@pytest.mark.parametrize("penalty", [0.5, 2.0])
def test_repetition_penalty_keeps_banned_tokens_banned(penalty: float) -> None:
    logits = np.array([[-np.inf, 1.0]])
    assert np.isneginf(repetition_penalty(logits, penalty, np.array([[0, 1]]))[0, 0])


def test_samplers_leave_their_input_unchanged() -> None:
    before = LOGITS.copy()
    rows = LOGITS[None, :]
    for changed in (
        top_k(rows, 2, NO_HISTORY),
        top_p(rows, 0.5, NO_HISTORY),
        temperature(rows, 2.0, NO_HISTORY),
    ):
        assert not np.shares_memory(changed, LOGITS)
    repetition_penalty(rows, 2.0, np.array([[0]]))
    draw(rows, np.random.default_rng(0))
    np.testing.assert_array_equal(LOGITS, before)


def test_min_p_keeps_a_share_of_the_highest_probability() -> None:
    probabilities = np.array([[0.5, 0.3, 0.15, 0.05], [0.4, 0.4, 0.1, 0.1]])
    kept = np.isfinite(MinP(share=0.3).apply(np.log(probabilities), NO_HISTORY))
    assert kept.tolist() == [[True, True, True, False], [True, True, False, False]]
    assert np.isfinite(MinP(share=1).apply(np.log(probabilities), NO_HISTORY)).sum() == 3
