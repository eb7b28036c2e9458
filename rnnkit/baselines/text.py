"""Text classifiers without a recurrent model: the frequencies of the labels, and unigrams and
bigrams.
"""

from __future__ import annotations

import warnings
from typing import Any, Protocol

import numpy as np

from rnnkit.environment import require

INVERSE_REGULARISATION = 10.0
MOST_ITERATIONS = 300


class Texts(Protocol):
    """Token ids of many texts, end to end."""

    flat: np.ndarray
    lengths: np.ndarray

    def __len__(self) -> int: ...


def majority(targets: np.ndarray, labels: int, texts: int) -> np.ndarray:
    """Every text gets the frequencies of the labels in the training part: (texts, labels).

    Args:
        targets: Of the training part, (rows,) indices or (rows, labels) zeros and ones.
        labels: How many labels there are.
        texts: How many texts to answer.
    """
    frequencies = (
        targets.mean(axis=0)
        if targets.ndim == 2
        else np.bincount(targets, minlength=labels) / len(targets)
    )
    return np.tile(frequencies, (texts, 1))


class BagOfNgrams:
    """Logistic regression on TF-IDF of token unigrams and bigrams, by scikit-learn.

    Terms count as 1 + ln(count); the regression's C is 10. The tokens are the model's own, never
    interrupted.

    Args:
        texts: The training part.
        targets: (texts,) indices, or (texts, labels) zeros and ones.
        labels: How many labels there are.
        vocabulary: How many different tokens there are.
    """

    def __init__(self, texts: Texts, targets: np.ndarray, labels: int, vocabulary: int):
        require("sklearn")
        from sklearn.feature_extraction.text import TfidfTransformer

        self._vocabulary, self._labels = vocabulary, labels
        self._terms = np.unique(_terms(texts, vocabulary)[0])
        self._tfidf = TfidfTransformer(sublinear_tf=True)
        features = self._tfidf.fit_transform(self._counts(texts))
        columns = targets.T if targets.ndim == 2 else [targets]
        self._models = [_fitted(features, column) for column in columns]
        self._several = targets.ndim == 2

    def predict(self, texts: Texts) -> np.ndarray:
        """Probabilities, (texts, labels)."""
        features = self._tfidf.transform(self._counts(texts))
        outputs = [
            _all_classes(model, features, 2 if self._several else self._labels)
            for model in self._models
        ]
        return (
            np.stack([probabilities[:, 1] for probabilities in outputs], axis=1)
            if self._several
            else outputs[0]
        )

    def _counts(self, texts: Texts) -> Any:
        from scipy import sparse

        terms, rows = _terms(texts, self._vocabulary)
        column = np.minimum(np.searchsorted(self._terms, terms), len(self._terms) - 1)
        known = self._terms[column] == terms
        ones = np.ones(int(known.sum()))
        counts = sparse.coo_matrix(
            (ones, (rows[known], column[known])), shape=(len(texts), len(self._terms))
        )
        return counts.tocsr()


def _terms(texts: Texts, vocabulary: int) -> tuple[np.ndarray, np.ndarray]:
    """Every unigram and every bigram as one number, and its text."""
    row = np.repeat(np.arange(len(texts)), texts.lengths)
    flat = texts.flat.astype(np.int64)
    same_text = row[1:] == row[:-1]
    pairs = (flat[:-1] + 1) * vocabulary + flat[1:]
    return np.concatenate([flat, pairs[same_text]]), np.concatenate([row, row[1:][same_text]])


def _fitted(features: Any, targets: np.ndarray) -> Any:
    """A fitted regression, or the only class where there is one."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    present = np.unique(targets)
    if len(present) == 1:
        return int(present[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(
            C=INVERSE_REGULARISATION, max_iter=MOST_ITERATIONS, random_state=0
        ).fit(features, targets)


def _all_classes(model: Any, features: Any, classes: int) -> np.ndarray:
    """Probabilities of every class, also of those that do not occur in the training part: (rows,
    classes).
    """
    probabilities = np.zeros((features.shape[0], classes))
    if isinstance(model, int):
        probabilities[:, model] = 1
    else:
        probabilities[:, model.classes_.astype(int)] = model.predict_proba(features)
    return probabilities
