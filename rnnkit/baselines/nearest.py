"""A translation memory: the training source that is most similar."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.baselines.text import Texts
from rnnkit.environment import require

ANSWERED_AT_ONCE = 512


class NearestSource:
    """The training source with the largest cosine of TF-IDF vectors, by scikit-learn; the first of
    equals.

    Args:
        texts: The training sources.
        vocabulary: The size of the vocabulary.
    """

    def __init__(self, texts: Texts, vocabulary: int):
        require("sklearn")
        from sklearn.feature_extraction.text import TfidfTransformer

        self._vocabulary, self._tfidf = vocabulary, TfidfTransformer()
        # (vocabulary, texts), rows of length 1
        self._known = self._tfidf.fit_transform(self._counts(texts)).T.tocsr()

    def predict(self, texts: Texts) -> np.ndarray:
        """The index of the nearest training source to each text, (texts,)."""
        vectors = self._tfidf.transform(self._counts(texts))
        chunks = [
            vectors[start : start + ANSWERED_AT_ONCE]
            for start in range(0, len(texts), ANSWERED_AT_ONCE)
        ]
        return np.concatenate(
            [np.asarray((chunk @ self._known).argmax(axis=1)).ravel() for chunk in chunks]
        )

    def _counts(self, texts: Texts) -> Any:
        from scipy.sparse import csr_matrix

        rows = np.repeat(np.arange(len(texts)), texts.lengths)
        return csr_matrix(
            (np.ones(len(rows)), (rows, texts.flat)), shape=(len(texts), self._vocabulary)
        )
