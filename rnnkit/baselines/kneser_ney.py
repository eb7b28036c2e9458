"""Interpolated Kneser-Ney: the strongest model that only counts n-grams."""

from __future__ import annotations

import numpy as np

from rnnkit.baselines.ngram import Prediction

ORDER = 5
FALLBACK = (0.5, 1.0, 1.5)


class KneserNey:
    """Modified Kneser-Ney smoothing, interpolated (Kneser and Ney 1995; Chen and Goodman 1998).

    p_n(w | h) = (c(h w) - D(c)) / c(h) + g(h) p_{n-1}(w | h'), where h' is h without its first
    token, and below the highest order c counts the different tokens that come before. D(1), D(2)
    and D(3 or more) come from how many n-grams occur once, twice, three and four times; where such
    counts are missing or give no discount, as in small texts, they are 0.5, 1 and 1.5 (as KenLM's
    --discount_fallback). The lowest order is mixed with equal probabilities of all tokens.

    Args:
        token_ids: Training text, (tokens,).
        vocab_size: Different tokens.
        order: The longest n-gram.
        start: What begins each text, where it is a token: it precedes others, but never
            follows one.
    """

    def __init__(
        self, token_ids: np.ndarray, vocab_size: int, order: int = ORDER, start: int | None = None
    ):
        self.order, self._vocabulary = min(order, len(token_ids)), vocab_size
        self._equal = 1 / (vocab_size - (start is not None))
        ids = token_ids.astype(np.int64)
        # An n-gram is known by a number; its key is the number of its first n - 1 tokens, times the
        # vocabulary, plus its last token.
        self._keys: list[np.ndarray] = []
        self._levels: list[_Level] = []
        # of the n-gram that begins at each token; at first of the empty one
        number = np.zeros(len(ids) + 1, np.int64)
        for size in range(1, self.order + 1):
            keys, first, longer = np.unique(
                number[:-1] * vocab_size + ids[size - 1 :], return_index=True, return_inverse=True
            )
            # each n-gram ends in one that is a token shorter: the one that begins a token later
            if size > 1:
                self._add_level(
                    np.bincount(number[first + 1], minlength=len(self._keys[-1])), start
                )
            self._keys.append(keys)
            number = longer
        self._add_level(np.bincount(number, minlength=len(keys)), start)

    def _add_level(self, counts: np.ndarray, start: int | None) -> None:
        keys = self._keys[-1]
        if start is not None:
            counts[keys % self._vocabulary == start] = 0
        self._levels.append(_Level(counts, keys // self._vocabulary))

    def predict(self, contexts: np.ndarray, targets: np.ndarray) -> Prediction:
        """The probability of each of (rows,) targets after (rows, tokens) contexts, in which -1
        is not a token; and no predicted token (-1).
        """
        probabilities = np.full(len(targets), self._equal)
        for size in range(1, self.order + 1):
            history = (
                self._number(contexts[:, contexts.shape[1] - size + 1 :])
                if size <= contexts.shape[1] + 1
                else np.full(len(targets), -1)
            )
            ngram = _find(
                self._keys[size - 1],
                np.where(history >= 0, history * self._vocabulary + targets, -1),
            )
            probabilities = self._levels[size - 1].mixed(history, ngram, probabilities)
        return probabilities, np.full(len(targets), -1)

    def _number(self, tokens: np.ndarray) -> np.ndarray:
        """The number of each row's n-gram, (rows, n); -1 for one that was not seen."""
        number = np.zeros(len(tokens), np.int64)
        for position in range(tokens.shape[1]):
            known = (number >= 0) & (tokens[:, position] >= 0)
            number = _find(
                self._keys[position],
                np.where(known, number * self._vocabulary + tokens[:, position], -1),
            )
        return number


class _Level:
    """The n-grams of one size.

    Args:
        counts: The count of each n-gram.
        history: The number of each n-gram's first n - 1 tokens.
    """

    def __init__(self, counts: np.ndarray, history: np.ndarray):
        self._counts = counts.astype(np.int32)
        self._discounts = np.array(
            [0.0, *_discounts(*(float((counts == count).sum()) for count in (1, 2, 3, 4)))]
        )
        taken = self._discounts[np.minimum(counts, 3)]
        size = int(history.max()) + 1
        self._totals = np.bincount(history, self._counts, size)
        self._left = np.bincount(history, taken, size)

    def mixed(self, history: np.ndarray, ngram: np.ndarray, lower: np.ndarray) -> np.ndarray:
        """Probabilities of this order: (rows,) numbers of histories and n-grams, -1 where not seen,
        and the order below's probabilities.
        """
        seen = (history >= 0) & (history < len(self._totals))
        seen[seen] = self._totals[history[seen]] > 0
        probabilities = lower.copy()
        totals = self._totals[history[seen]]
        counts = np.where(ngram[seen] >= 0, self._counts[ngram[seen]], 0)
        discounted = counts - self._discounts[np.minimum(counts, 3).astype(int)]
        probabilities[seen] = (discounted + self._left[history[seen]] * lower[seen]) / totals
        return probabilities


def _discounts(one: float, two: float, three: float, four: float) -> tuple[float, float, float]:
    """D(1), D(2) and D(3 or more) from how many n-grams occur once, twice, three and four times."""
    if not (one and two and three):
        return FALLBACK
    share = one / (one + 2 * two)
    estimates = (
        1 - 2 * share * two / one,
        2 - 3 * share * three / two,
        3 - 4 * share * four / three,
    )
    # each takes something away, so that no token has probability 0
    return estimates if min(estimates) > 0 else FALLBACK


def _find(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Positions of (rows,) keys in an ascending array; -1 where there is none."""
    position = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[position] == wanted, position, -1)
