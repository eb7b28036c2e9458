"""Interpolated Kneser-Ney smoothing, the strongest model that only counts n-grams."""

from __future__ import annotations

import numpy as np

from rnnkit.baselines.ngram import Prediction

ORDER = 5
FALLBACK = (0.5, 1.0, 1.5)


class KneserNey:
    """Modified Kneser-Ney smoothing, interpolated (Kneser and Ney 1995; Chen and Goodman 1998).

    p_n(w | h) = (c(h w) - D(c)) / c(h) + g(h) p_{n-1}(w | h'), where h' is h without its first
    token, and below the highest order c counts the distinct preceding tokens. D(1), D(2) and D(3 or
    more) are estimated from the numbers of n-grams that occur once, twice, three and four times; if
    these are missing or give no discount, as in small texts, they are 0.5, 1 and 1.5 (as KenLM's
    --discount_fallback). The lowest order is interpolated with the uniform distribution.

    Args:
        token_ids: The training text, (tokens,).
        vocab_size: The size of the vocabulary.
        order: The size of the longest n-grams.
        start: The token that begins each text, if any: it is never predicted.
    """

    def __init__(
        self, token_ids: np.ndarray, vocab_size: int, order: int = ORDER, start: int | None = None
    ):
        self.order, self._vocabulary = min(order, len(token_ids)), vocab_size
        self._equal = 1 / (vocab_size - (start is not None))
        ids = token_ids.astype(np.int64)
        # each n-gram has an index; its key is the index of its first n - 1 tokens, times the
        # vocabulary's size, plus its last token
        self._keys: list[np.ndarray] = []
        self._levels: list[_Level] = []
        # the index of the n-gram that begins at each token, at first of the empty one
        index = np.zeros(len(ids) + 1, np.int64)
        for size in range(1, self.order + 1):
            keys, first, longer = np.unique(
                index[:-1] * vocab_size + ids[size - 1 :], return_index=True, return_inverse=True
            )
            # each n-gram without its first token is a shorter one, which begins a token later
            if size > 1:
                self._add_level(np.bincount(index[first + 1], minlength=len(self._keys[-1])), start)
            self._keys.append(keys)
            index = longer
        self._add_level(np.bincount(index, minlength=len(keys)), start)

    def _add_level(self, counts: np.ndarray, start: int | None) -> None:
        keys = self._keys[-1]
        if start is not None:
            counts[keys % self._vocabulary == start] = 0
        self._levels.append(_Level(counts, keys // self._vocabulary))

    def predict(self, contexts: np.ndarray, targets: np.ndarray) -> Prediction:
        """The probabilities of (rows,) targets after (rows, tokens) contexts, in which -1 is no
        token; tokens are not predicted (-1).
        """
        probabilities = np.full(len(targets), self._equal)
        for size in range(1, self.order + 1):
            history = (
                self._index(contexts[:, contexts.shape[1] - size + 1 :])
                if size <= contexts.shape[1] + 1
                else np.full(len(targets), -1)
            )
            ngram = _find(
                self._keys[size - 1],
                np.where(history >= 0, history * self._vocabulary + targets, -1),
            )
            probabilities = self._levels[size - 1].interpolated(history, ngram, probabilities)
        return probabilities, np.full(len(targets), -1)

    def _index(self, tokens: np.ndarray) -> np.ndarray:
        """The index of each row's n-gram, of (rows, n) tokens; -1 if it does not occur."""
        index = np.zeros(len(tokens), np.int64)
        for position in range(tokens.shape[1]):
            known = (index >= 0) & (tokens[:, position] >= 0)
            index = _find(
                self._keys[position],
                np.where(known, index * self._vocabulary + tokens[:, position], -1),
            )
        return index


class _Level:
    """The n-grams of one size.

    Args:
        counts: The count of each n-gram.
        history: The index of each n-gram's first n - 1 tokens.
    """

    def __init__(self, counts: np.ndarray, history: np.ndarray):
        self._counts = counts.astype(np.int32)
        self._discounts = np.array(
            [0.0, *_discounts(*(float((counts == count).sum()) for count in (1, 2, 3, 4)))]
        )
        discounts = self._discounts[np.minimum(counts, 3)]
        size = int(history.max()) + 1
        self._totals = np.bincount(history, self._counts, size)
        self._discounted = np.bincount(history, discounts, size)

    def interpolated(self, history: np.ndarray, ngram: np.ndarray, lower: np.ndarray) -> np.ndarray:
        """The probabilities of this order, (rows,).

        Args:
            history: The indices of histories, (rows,); -1 if one does not occur.
            ngram: The indices of n-grams, (rows,); -1 if one does not occur.
            lower: The probabilities of the order below, (rows,).
        """
        seen = (history >= 0) & (history < len(self._totals))
        seen[seen] = self._totals[history[seen]] > 0
        probabilities = lower.copy()
        totals = self._totals[history[seen]]
        counts = np.where(ngram[seen] >= 0, self._counts[ngram[seen]], 0)
        counts = counts - self._discounts[np.minimum(counts, 3).astype(int)]
        probabilities[seen] = (counts + self._discounted[history[seen]] * lower[seen]) / totals
        return probabilities


def _discounts(one: float, two: float, three: float, four: float) -> tuple[float, float, float]:
    """D(1), D(2) and D(3 or more) by the numbers of n-grams that occur one to four times."""
    if not (one and two and three):
        return FALLBACK
    share = one / (one + 2 * two)
    estimates = (
        1 - 2 * share * two / one,
        2 - 3 * share * three / two,
        3 - 4 * share * four / three,
    )
    # all discounts are positive, so no token has probability 0
    return estimates if min(estimates) > 0 else FALLBACK


def _find(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The positions of (rows,) keys in an ascending array; -1 for a missing key."""
    position = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[position] == wanted, position, -1)
