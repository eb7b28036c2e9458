"""Baselines by counting: unigrams, bigrams, and the ceiling of any model of a window.

Their `predict(contexts, targets)` returns two (rows,) arrays: the probability of each target and
the predicted token. `start`, the token that begins each text, is never predicted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

Prediction = tuple[np.ndarray, np.ndarray]


class Unigram:
    """The frequency of each token, with one count added to each (Laplace).

    Args:
        token_ids: The training text, (tokens,).
        vocab_size: The size of the vocabulary.
        start: The token that begins each text, if any.
    """

    def __init__(self, token_ids: np.ndarray, vocab_size: int, start: int | None = None):
        counts = np.bincount(token_ids, minlength=vocab_size) + 1
        if start is not None:
            counts[start] = 0
        self.probabilities = counts / counts.sum()
        self.best = int(counts.argmax())

    def predict(self, contexts: np.ndarray, targets: np.ndarray) -> Prediction:
        """The probabilities of (rows,) targets, and the predicted tokens."""
        return self.probabilities[targets], np.full(len(targets), self.best)


class Bigram:
    """The frequency of each token after the one before it, interpolated with the unigram (Witten
    and Bell 1991).

    p(w | v) = (count(v w) + types(v) p(w)) / (count(v) + types(v)), where types(v) is the number of
    distinct tokens after v.
    """

    def __init__(self, token_ids: np.ndarray, vocab_size: int, start: int | None = None):
        self.unigram = Unigram(token_ids, vocab_size, start)
        pairs = token_ids[:-1].astype(np.int64) * vocab_size + token_ids[1:]
        self._pairs, self._counts = np.unique(pairs[token_ids[1:] != start], return_counts=True)
        before, after = np.divmod(self._pairs, vocab_size)
        self._totals, self._types = (
            np.bincount(before, self._counts, vocab_size),
            np.bincount(before, minlength=vocab_size),
        )
        self._guesses = np.full(vocab_size, self.unigram.best)
        # of equally frequent tokens, the first in the vocabulary comes last
        rising = np.lexsort((-after, self._counts, before))
        last = np.flatnonzero(np.diff(before, append=-1))
        self._guesses[before[last]] = after[rising[last]]

    def predict(self, contexts: np.ndarray, targets: np.ndarray) -> Prediction:
        """The probabilities of (rows,) targets after (rows, window) contexts, in which -1 is no
        token, and the predicted tokens.
        """
        probabilities, guesses = self.unigram.predict(contexts, targets)
        known = (contexts[:, -1] >= 0) & (self._totals[contexts[:, -1]] > 0)
        before, after = contexts[known, -1].astype(np.int64), targets[known]
        pair = before * len(self._totals) + after
        place = np.minimum(np.searchsorted(self._pairs, pair), len(self._pairs) - 1)
        counts = np.where(self._pairs[place] == pair, self._counts[place], 0)
        probabilities[known] = (counts + self._types[before] * probabilities[known]) / (
            self._totals[before] + self._types[before]
        )
        guesses[known] = self._guesses[before]
        return probabilities, guesses


class Ceiling:
    """The best that any model of the window can reach: the frequencies of the targets after each
    context in the scored rows themselves.

    If equal contexts have different targets, no deterministic model predicts all of them.

    Args:
        contexts: The contexts of the scored rows, (rows, window), or inputs of any length.
        targets: Their targets, (rows,).
    """

    def __init__(self, contexts: Iterable[np.ndarray], targets: np.ndarray):
        self.following: dict[bytes, Counter[int]] = defaultdict(Counter)
        for context, target in zip(contexts, targets.tolist(), strict=True):
            self.following[context.tobytes()][target] += 1

    @property
    def accuracy(self) -> float:
        """The highest accuracy that a model can reach."""
        counts = self.following.values()
        return sum(max(count.values()) for count in counts) / sum(map(Counter.total, counts))

    def predict(self, contexts: np.ndarray, targets: np.ndarray) -> Prediction:
        """The probabilities of the targets of the same rows, and the predicted tokens."""
        counts = [self.following[context.tobytes()] for context in contexts]
        probabilities = [
            count[target] / count.total()
            for count, target in zip(counts, targets.tolist(), strict=True)
        ]
        return np.array(probabilities), np.array([_most_frequent(count) for count in counts])


def _most_frequent(counts: Counter[int]) -> int:
    return max(counts, key=lambda token: (counts[token], -token))
