"""Simple text classifiers: the frequencies of the labels, and a regression on n-grams."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from rnnkit.baselines.arrays import label_probabilities, sigmoid
from rnnkit.environment import require

INVERSE_REGULARISATION = 10.0
MOST_ITERATIONS = 300
BLOCK = 10_000  # texts that are answered at once


class Texts(Protocol):
    """The token ids of many texts, concatenated."""

    flat: np.ndarray
    lengths: np.ndarray

    def __len__(self) -> int: ...


def majority(targets: np.ndarray, labels: int, texts: int) -> np.ndarray:
    """The frequencies of the labels in the training set, for every text, (texts, labels).

    Args:
        targets: The targets of the training set, (rows,) indices or (rows, labels) zeros and ones.
        labels: The number of labels.
        texts: The number of texts to answer.
    """
    frequencies = (
        targets.mean(axis=0)
        if targets.ndim == 2
        else np.bincount(targets, minlength=labels) / len(targets)
    )
    return np.tile(frequencies, (texts, 1))


class BagOfNgrams:
    """Logistic regression on TF-IDF of token unigrams and bigrams.

    Terms count as 1 + ln(count). The tokens are those of the model; bigrams are adjacent ones.

    Args:
        fitted: The result of `fit_bag_of_ngrams`.
        labels: The number of labels.
        vocabulary: The size of the vocabulary.
    """

    def __init__(self, fitted: Mapping[str, np.ndarray], labels: int, vocabulary: int):
        self._fitted, self._labels, self._vocabulary = fitted, labels, vocabulary

    def predict(self, texts: Texts) -> np.ndarray:
        """The probabilities of the labels, (texts, labels)."""
        scores, classes = self._scores(texts), self._fitted["classes"]
        return (
            label_probabilities(scores, classes, self._labels) if len(classes) else sigmoid(scores)
        )

    def _scores(self, texts: Texts) -> np.ndarray:
        """The scores of the regressions, (texts, regressions)."""
        starts = np.concatenate([[0], np.cumsum(texts.lengths)])
        blocks = []
        for first in range(0, max(1, len(texts)), BLOCK):
            last = min(first + BLOCK, len(texts))
            flat = texts.flat[starts[first] : starts[last]]
            blocks.append(self._scores_of(flat, texts.lengths[first:last]))
        return np.concatenate(blocks)

    def _scores_of(self, flat: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """The scores of a block of texts."""
        known, idf, weights = (self._fitted[name] for name in ("terms", "idf", "weights"))
        terms, rows = _terms(flat, lengths, self._vocabulary)
        # sorted by term, so that the search in a million terms is fast
        pairs, counts = np.unique(terms * BLOCK + rows, return_counts=True)
        terms, rows = np.divmod(pairs, BLOCK)
        column = np.minimum(np.searchsorted(known, terms), len(known) - 1)
        seen = known[column] == terms
        row, column, counts = rows[seen], column[seen], counts[seen]
        values = (1 + np.log(counts)) * idf[column]
        norms = np.sqrt(np.bincount(row, values**2, len(lengths)))
        values /= norms[row]
        sums = [
            np.bincount(row, values * term_weights[column], len(lengths))
            for term_weights in weights
        ]
        return np.stack(sums, axis=1) + self._fitted["intercepts"]


def fit_bag_of_ngrams(
    flat: np.ndarray, lengths: np.ndarray, targets: np.ndarray, vocabulary: int
) -> dict[str, np.ndarray]:
    """The fit of `BagOfNgrams`, by scikit-learn, with C = 10.

    Args:
        flat: The token ids of the training set, concatenated.
        lengths: The number of tokens of each text.
        targets: (texts,) indices, or (texts, labels) zeros and ones.
        vocabulary: The size of the vocabulary.

    Returns:
        The numbers of the terms, ascending; their inverse document frequencies; the weights and the
        intercept of each regression; the classes of a single regression, none if each label has its
        own.
    """
    require("sklearn")
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfTransformer

    several = targets.ndim == 2
    terms, rows = _terms(flat, lengths, vocabulary)
    known, columns = np.unique(terms, return_inverse=True)
    counts = sparse.coo_matrix(
        (np.ones(len(terms)), (rows, columns)), shape=(len(lengths), len(known))
    )
    tfidf = TfidfTransformer(sublinear_tf=True)
    features = tfidf.fit_transform(counts.tocsr())
    fits = [_fitted(features, column) for column in (targets.T if several else [targets])]
    return {
        "terms": known,
        "idf": tfidf.idf_,
        "weights": np.concatenate([weights for _, weights, _ in fits]),
        "intercepts": np.concatenate([intercepts for *_, intercepts in fits]),
        "classes": np.empty(0, np.int64) if several else fits[0][0],
    }


def _terms(flat: np.ndarray, lengths: np.ndarray, vocabulary: int) -> tuple[np.ndarray, np.ndarray]:
    """All unigrams and bigrams as numbers, and the index of the text of each."""
    row, flat = np.repeat(np.arange(len(lengths)), lengths), flat.astype(np.int64)
    same_text = row[1:] == row[:-1]
    pairs = (flat[:-1] + 1) * vocabulary + flat[1:]
    return np.concatenate([flat, pairs[same_text]]), np.concatenate([row, row[1:][same_text]])


def _fitted(features: Any, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The classes of a regression, its weights, (1 or classes, terms), and its intercepts."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    present = np.unique(targets).astype(np.int64)
    if len(present) == 1:  # all texts or none have the label: its probability is 1 or 0
        certain = np.array([np.inf if present[0] else -np.inf])
        return present, np.zeros((1, features.shape[1])), certain
    # one thread: sums do not depend on how many processors there are
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(
            C=INVERSE_REGULARISATION, max_iter=MOST_ITERATIONS, random_state=0
        ).fit(features, targets)
    return present, model.coef_, model.intercept_
