"""Unigrams, bigrams and the ceiling, compared with cases worked by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.baselines.ngram import Bigram, Ceiling, Unigram
from rnnkit.data.batch.rows import Windows
from rnnkit.metrics.next_token import NextTokenScore, score_probabilities

# The training text "a b a c a b" of the vocabulary <unk> a b c d: a three times, b twice, c once, d
# never.
UNK, A, B, C, D = range(5)
TEXT = np.array([A, B, A, C, A, B], dtype=np.int32)
VOCABULARY = 5

# One count more for each of the 5 tokens: 6 + 5 = 11 in all.
UNIGRAM = {
    UNK: Fraction(1, 11),
    A: Fraction(4, 11),
    B: Fraction(3, 11),
    C: Fraction(2, 11),
    D: Fraction(1, 11),
}
# After a come b, c, b: 3 tokens of 2 types, so p(w | a) = (count + 2 p(w)) / 5.
AFTER_A = {
    UNK: (0 + 2 * UNIGRAM[UNK]) / 5,
    A: (0 + 2 * UNIGRAM[A]) / 5,
    B: (2 + 2 * UNIGRAM[B]) / 5,  # 28/55
    C: (1 + 2 * UNIGRAM[C]) / 5,  # 15/55
    D: (0 + 2 * UNIGRAM[D]) / 5,
}
# After b comes a, once: p(w | b) = (count + p(w)) / 2.
AFTER_B = {token: ((token == A) + UNIGRAM[token]) / 2 for token in range(VOCABULARY)}


def probabilities_after(model: Unigram | Bigram, *context: int) -> list[float]:
    contexts = np.tile(np.array(context, dtype=np.int32), (VOCABULARY, 1))
    return model.predict(contexts, np.arange(VOCABULARY))[0].tolist()


def guess_after(model: Unigram | Bigram, *context: int) -> int:
    _, guesses = model.predict(np.array([context], dtype=np.int32), np.array([0]))
    return int(guesses[0])


def test_unigram_by_hand() -> None:
    model = Unigram(TEXT, VOCABULARY)
    for context in ((A, B), (D, D), (UNK, C)):
        assert probabilities_after(model, *context) == pytest.approx(
            [float(UNIGRAM[token]) for token in range(VOCABULARY)]
        )
        assert guess_after(model, *context) == A


def test_bigram_by_hand() -> None:
    model = Bigram(TEXT, VOCABULARY)
    assert AFTER_A[B] == Fraction(28, 55)
    assert AFTER_A[C] == Fraction(15, 55)
    assert probabilities_after(model, C, A) == pytest.approx(
        [float(AFTER_A[token]) for token in range(VOCABULARY)]
    )
    assert probabilities_after(model, D, B) == pytest.approx(
        [float(AFTER_B[token]) for token in range(VOCABULARY)]
    )
    assert guess_after(model, C, A) == B
    assert guess_after(model, A, B) == A


def test_bigram_after_a_token_without_continuation_is_the_unigram() -> None:
    model = Bigram(TEXT, VOCABULARY)
    for unseen in (D, UNK):
        assert probabilities_after(model, A, unseen) == pytest.approx(
            [float(UNIGRAM[token]) for token in range(VOCABULARY)]
        )
        assert guess_after(model, A, unseen) == A


def test_bigram_sees_only_the_last_token_of_the_window() -> None:
    model = Bigram(TEXT, VOCABULARY)
    assert probabilities_after(model, B, B, A) == probabilities_after(model, A)


def test_ceiling_by_hand() -> None:
    # With a window of 1: after a come b, c, b; after b comes a; after c comes a.
    windows = Windows(TEXT, window=1, batch_size=5)
    probabilities, guesses = Ceiling(windows.inputs, windows.targets).predict(
        windows.inputs, windows.targets
    )
    assert windows.targets.tolist() == [B, A, C, A, B]
    assert probabilities.tolist() == pytest.approx([2 / 3, 1, 1 / 3, 1, 2 / 3])
    assert guesses.tolist() == [B, A, B, A, B]
    score = score_probabilities(probabilities, guesses, windows.targets)
    assert (score.correct, score.tokens) == (4, 5)
    assert score.nats == pytest.approx(-np.log(2 / 3 * 1 / 3 * 2 / 3))


def test_ceiling_is_perfect_where_every_window_differs() -> None:
    windows = Windows(TEXT, window=3, batch_size=3)  # bac, aca, cab
    probabilities, guesses = Ceiling(windows.inputs, windows.targets).predict(
        windows.inputs, windows.targets
    )
    assert probabilities.tolist() == [1, 1, 1]
    assert guesses.tolist() == windows.targets.tolist()


def test_predict_guesses_the_lower_id_of_equally_frequent_tokens() -> None:
    text = np.array([A, C, A, B, A, D], dtype=np.int32)
    windows = Windows(text, window=1, batch_size=5)
    assert guess_after(Bigram(text, VOCABULARY), A) == B
    _, guesses = Ceiling(windows.inputs, windows.targets).predict(windows.inputs, windows.targets)
    assert guesses[windows.inputs[:, 0] == A].tolist() == [B, B, B]
    assert guess_after(Unigram(np.array([D, C], dtype=np.int32), VOCABULARY), A) == C


TEXTS = st.lists(st.integers(0, 5), min_size=2, max_size=80).map(
    lambda ids: np.array(ids, dtype=np.int32)
)


@given(TEXTS, st.integers(0, 8))
def test_predict_probabilities_sum_to_one_after_every_context(
    text: np.ndarray, context: int
) -> None:
    every = np.arange(9)
    contexts = np.full((9, 1), context, dtype=np.int32)
    for model in (Unigram(text, 9), Bigram(text, 9)):
        probabilities, _ = model.predict(contexts, every)
        assert probabilities.sum() == pytest.approx(1, abs=1e-12)
        assert (probabilities > 0).all()


@given(TEXTS, st.integers(1, 4))
def test_ceiling_probabilities_of_continuations_sum_to_one(text: np.ndarray, window: int) -> None:
    windows = Windows(text, min(window, len(text) - 1), batch_size=8)
    ceiling = Ceiling(windows.inputs, windows.targets)
    for context in {tuple(row) for row in windows.inputs.tolist()}:
        followers = sorted(
            {
                int(target)
                for row, target in zip(windows.inputs.tolist(), windows.targets, strict=True)
                if tuple(row) == context
            }
        )
        probabilities, _ = ceiling.predict(
            np.tile(np.array(context, dtype=np.int32), (len(followers), 1)), np.array(followers)
        )
        assert probabilities.sum() == pytest.approx(1)


@given(TEXTS, st.integers(1, 4))
def test_ceiling_is_at_least_as_good_as_any_model_of_the_window(
    text: np.ndarray, window: int
) -> None:
    windows = Windows(text, min(window, len(text) - 1), batch_size=8)

    def score(model: Unigram | Bigram | Ceiling) -> NextTokenScore:
        return score_probabilities(*model.predict(windows.inputs, windows.targets), windows.targets)

    best = score(Ceiling(windows.inputs, windows.targets))
    for model in (Unigram(text, 9), Bigram(text, 9)):
        assert score(model).correct <= best.correct
        assert score(model).nats >= best.nats - 1e-9


def test_predict_twice_gives_the_same() -> None:
    windows = Windows(TEXT, window=2, batch_size=4)
    for model in (
        Unigram(TEXT, VOCABULARY),
        Bigram(TEXT, VOCABULARY),
        Ceiling(windows.inputs, windows.targets),
    ):
        first, second = (model.predict(windows.inputs, windows.targets) for _ in range(2))
        np.testing.assert_array_equal(first, second)


def test_start_token_is_never_guessed_and_takes_no_share() -> None:
    """Texts "a b" and "a c", each after <start>: a twice, b and c once; one count more for each of
    a, b, c, d.
    """
    start, text = UNK, np.array([UNK, A, B, UNK, A, C], dtype=np.int32)
    unigram = Unigram(text, VOCABULARY, start)
    assert probabilities_after(unigram, A) == pytest.approx([0, 3 / 8, 2 / 8, 2 / 8, 1 / 8])
    assert guess_after(unigram, A) == A
    bigram = Bigram(text, VOCABULARY, start)
    assert probabilities_after(bigram, start) == pytest.approx(
        [0, (2 + 3 / 8) / 3, (2 / 8) / 3, (2 / 8) / 3, (1 / 8) / 3]
    )
    # nothing follows but the next text
    assert probabilities_after(bigram, B) == pytest.approx(probabilities_after(unigram, B))
    assert guess_after(bigram, start) == A
