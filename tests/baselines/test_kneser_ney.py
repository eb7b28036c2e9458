"""Kneser-Ney against a case worked by hand, and against a slow implementation with dictionaries."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.baselines.kneser_ney import KneserNey
from rnnkit.data.datasets.lines import PennTreebank

UNK, A, B, C, D, E = range(6)


class Slow:
    """Chen and Goodman (1998), section 4: their equations one by one, over tuples."""

    def __init__(self, tokens: list[int], vocab_size: int, order: int):
        self.vocab_size, self.order = vocab_size, min(order, len(tokens))
        ngrams = {
            size: Counter(
                tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1)
            )
            for size in range(1, self.order + 1)
        }
        self.counts: dict[int, dict[tuple[int, ...], int]] = {self.order: dict(ngrams[self.order])}
        for size in range(1, self.order):
            before: dict[tuple[int, ...], set[int]] = defaultdict(set)
            for ngram in ngrams[size + 1]:
                before[ngram[1:]].add(ngram[0])
            self.counts[size] = {ngram: len(before[ngram]) for ngram in before}
        self.discounts = {
            size: self.discount(list(counts.values())) for size, counts in self.counts.items()
        }
        self.after: dict[int, dict[tuple[int, ...], list[int]]] = {}
        for size, counts in self.counts.items():
            self.after[size] = defaultdict(list)
            for ngram, count in counts.items():
                self.after[size][ngram[:-1]].append(count)

    @staticmethod
    def discount(counts: list[int]) -> list[float]:
        n1, n2, n3, n4 = (counts.count(number) for number in (1, 2, 3, 4))
        if 0 in (n1, n2, n3):
            return [0, 0.5, 1, 1.5]
        y = Fraction(n1, n1 + 2 * n2)
        found = [
            1 - 2 * y * Fraction(n2, n1),
            2 - 3 * y * Fraction(n3, n2),
            3 - 4 * y * Fraction(n4, n3),
        ]
        return [0, *map(float, found)] if min(found) > 0 else [0, 0.5, 1, 1.5]

    def probability(self, context: tuple[int, ...], token: int) -> float:
        context = context[max(0, len(context) - self.order + 1) :]
        size = len(context) + 1
        lower = self.probability(context[1:], token) if context else 1 / self.vocab_size
        counts, discount = self.after[size].get(context, []), self.discounts[size]
        if not counts:
            return lower
        count = self.counts[size].get((*context, token), 0)
        share = sum(discount[min(other, 3)] for other in counts) / sum(counts)
        return (count - discount[min(count, 3)]) / sum(counts) + share * lower


def every(model: KneserNey, context: list[int], vocab_size: int) -> np.ndarray:
    contexts = np.tile(np.array(context, np.int32).reshape(1, -1), (vocab_size, 1))
    probabilities, guesses = model.predict(contexts, np.arange(vocab_size))
    assert (guesses == -1).all()
    return probabilities


def test_kneser_ney_bigrams_by_hand() -> None:
    # Bigrams of "a b a b a c a c a b d d e": ab 3, ba 2, ac 2, ca 2, bd 1, dd 1, de 1.
    # So n1 = 3, n2 = 3, n3 = 1, n4 = 0 and Y = 3 / (3 + 2 * 3) = 1/3:
    # D1 = 1 - 2 Y 3/3 = 1/3, D2 = 2 - 3 Y 1/3 = 5/3, D3 = 3 - 4 Y 0/1 = 3.
    text = np.array([A, B, A, B, A, C, A, C, A, B, D, D, E], np.int32)
    model = KneserNey(text, 6, order=2)
    # Different tokens before each: a 2 (b, c), b 1 (a), c 1 (a), d 2 (b, d), e 1 (d); seven in all.
    # n1 = 3, n2 = 2, n3 = 0, so these discounts are 0.5, 1 and 1.5: 3 * 0.5 + 2 * 1 = 7/2 of 7 are
    # left to the six tokens alike.
    left = Fraction(7, 2) / 7 / 6
    unigram = {
        UNK: left,
        A: Fraction(2 - 1, 7) + left,
        B: Fraction(1, 2) / 7 + left,
        C: Fraction(1, 2) / 7 + left,
    }
    unigram |= {D: Fraction(2 - 1, 7) + left, E: Fraction(1, 2) / 7 + left}
    assert sum(unigram.values()) == 1
    # After a come b 3 and c 2: of 5, D3 + D2 = 14/3 are left to the unigram.
    after_a = {token: Fraction(14, 3) / 5 * share for token, share in unigram.items()}
    after_a[B] += Fraction(3 - 3, 5)
    after_a[C] += (2 - Fraction(5, 3)) / 5
    assert every(model, [A], 6) == pytest.approx(
        [float(after_a[token]) for token in range(6)], abs=1e-15
    )
    # After b come a 2 and d 1: of 3, D2 + D1 = 2 are left.
    after_b = {token: Fraction(2, 3) * share for token, share in unigram.items()}
    after_b[A] += (2 - Fraction(5, 3)) / 3
    after_b[D] += (1 - Fraction(1, 3)) / 3
    assert every(model, [B], 6) == pytest.approx(
        [float(after_b[token]) for token in range(6)], abs=1e-15
    )
    # e stands at the end only, <unk> nowhere, and -1 is no token: nothing is known of what follows.
    for unseen in (E, UNK, -1):
        assert every(model, [unseen], 6) == pytest.approx(
            [float(unigram[token]) for token in range(6)], abs=1e-15
        )
    # A bigram model sees the last token only.
    assert every(model, [D, D, A], 6).tolist() == every(model, [A], 6).tolist()


TOKENS = st.lists(st.integers(0, 4), min_size=1, max_size=120)


@given(
    TOKENS,
    st.integers(1, 5),
    st.lists(st.lists(st.integers(0, 6), min_size=4, max_size=4), min_size=1, max_size=5),
    st.integers(0, 1000),
)
def test_kneser_ney_equals_a_slow_implementation(
    tokens: list[int], order: int, unseen: list[list[int]], place: int
) -> None:
    vocab_size = 7
    model, slow = (
        KneserNey(np.array(tokens, np.int32), vocab_size, order),
        Slow(tokens, vocab_size, order),
    )
    place %= len(tokens)
    seen = tokens[max(0, place - 4) : place]
    contexts = [
        *unseen,
        [-1] * (4 - len(seen)) + seen,
        [*unseen[0][:2], *([-1, -1, *tokens][place : place + 2])],
    ]
    for context in contexts:
        known = context[len(context) - context[::-1].index(-1) :] if -1 in context else context
        expected = [slow.probability(tuple(known), token) for token in range(vocab_size)]
        assert every(model, context, vocab_size) == pytest.approx(expected, abs=1e-9)


@given(TOKENS, st.integers(1, 6), st.lists(st.integers(-1, 8), max_size=6))
def test_kneser_ney_probabilities_sum_to_one_and_none_is_zero(
    tokens: list[int], order: int, context: list[int]
) -> None:
    model = KneserNey(np.array(tokens, np.int32), 9, order)
    for asked in (context, tokens[-6:], [-1, *tokens[:2]], [8, *tokens[:3]]):
        probabilities = every(model, asked, 9)
        assert probabilities.sum() == pytest.approx(1, abs=1e-12)
        assert (probabilities > 0).all()  # so that no text has an infinite perplexity


def test_kneser_ney_estimates_the_discounts_of_many_counts() -> None:
    """A longer text, where all of the counts of counts are there: not the case for the small texts
    above.
    """
    generator = np.random.default_rng(0)
    tokens = (generator.zipf(1.3, 3000) % 60).tolist()
    slow, model = Slow(tokens, 60, 3), KneserNey(np.array(tokens), 60, 3)
    assert all(
        discount != [0, 0.5, 1, 1.5] for size, discount in slow.discounts.items() if size > 1
    )
    for place in range(100, 130):
        context = tokens[place - 2 : place]
        assert every(model, context, 60) == pytest.approx(
            [slow.probability(tuple(context), token) for token in range(60)], abs=1e-9
        )


def test_kneser_ney_of_a_repetitive_text_leaves_a_share_to_the_unseen() -> None:
    """None of its n-grams occurs once, so that there is nothing to estimate the discounts from."""
    model = KneserNey(np.array([A, B] * 50), 3)
    probabilities = every(model, [A, B, A, B], 3)
    assert probabilities[A] > 0.9
    assert probabilities[UNK] > 0


@pytest.mark.parametrize("tokens", [[A], [A, B], [A, B, C]])
def test_kneser_ney_shortens_an_order_longer_than_the_text(tokens: list[int]) -> None:
    model = KneserNey(np.array(tokens), 4)
    assert model.order == len(tokens)
    assert every(model, [-1, -1, -1, tokens[0]], 4).sum() == pytest.approx(1)


def test_kneser_ney_predicts_each_row_independently() -> None:
    generator = np.random.default_rng(0)
    text = generator.integers(0, 5, 200)
    model = KneserNey(text, 5)
    contexts, targets = np.lib.stride_tricks.sliding_window_view(text[:-1], 4), text[4:]
    together, _ = model.predict(contexts, targets)
    alone = [
        model.predict(contexts[row : row + 1], targets[row : row + 1])[0][0]
        for row in range(len(targets))
    ]
    assert together.tolist() == alone


@pytest.mark.soak
def test_kneser_ney_reaches_the_published_perplexity_on_penn_treebank(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNKIT_DATA", str(shared_data))
    corpus = PennTreebank().load()
    words = corpus.train.split()  # white space is all that such a text needs to be cut at
    ids = {word: number for number, word in enumerate(dict.fromkeys(words))}
    train = np.array([ids[word] for word in words])

    def perplexity(text: str, order: int) -> float:
        tokens = np.array([ids[word] for word in text.split()])
        contexts = np.lib.stride_tricks.sliding_window_view(
            np.concatenate([np.full(4, -1), tokens])[:-1], 4
        )
        probabilities, _ = KneserNey(train, len(ids), order).predict(contexts, tokens)
        return float(np.exp(-np.log(probabilities).mean()))

    assert 140 < perplexity(corpus.validation, 5) < 155 < perplexity(corpus.validation, 2) < 220
    # the figure that is usually quoted for a 5-gram model
    assert perplexity(corpus.test, 5) == pytest.approx(141.2, abs=0.5)


@given(
    st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=8), min_size=1, max_size=12),
    st.integers(1, 5),
)
def test_kneser_ney_gives_no_share_to_the_start_token(texts: list[list[int]], order: int) -> None:
    tokens = [token for text in texts for token in (0, *text)]
    model = KneserNey(np.array(tokens, np.int32), 6, order, start=0)
    for context in ([-1, -1, 0], [-1, 0, texts[0][0]], tokens[-3:], [5, 5, 5]):
        probabilities = every(model, context, 6)[1:]
        assert probabilities.sum() == pytest.approx(1, abs=1e-12)
        assert (probabilities > 0).all()


def test_kneser_ney_with_a_start_token_by_hand() -> None:
    """Of "a", "a", "b", after <start> come a 2 and b 1; discounts 0.5, 1 (fallback): 1.5 of 3 are
    left to the lower order.
    """
    tokens = np.array([0, 1, 0, 1, 0, 2], np.int32)
    model = KneserNey(tokens, 4, 2, start=0)
    # Before a and b stands one token, <start>: each 1 of 2, 0.5 taken away, and 1 of 2 left to a,
    # b, c alike.
    lower = [(1 - 0.5) / 2 + 0.5 / 3, (1 - 0.5) / 2 + 0.5 / 3, 0.5 / 3]
    expected = [(2 - 1) / 3 + 0.5 * lower[0], (1 - 0.5) / 3 + 0.5 * lower[1], 0.5 * lower[2]]
    assert every(model, [0], 4)[1:].tolist() == pytest.approx(expected)
