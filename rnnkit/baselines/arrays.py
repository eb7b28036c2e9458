"""Simple classifiers of sequences of numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rnnkit.environment import require


class LogisticRegression:
    """A linear classifier of vectors, by scikit-learn.

    Args:
        vectors: (examples, features).
        targets: (examples,) label indices, at least two different ones.
        labels: How many labels there are.
    """

    def __init__(self, vectors: np.ndarray, targets: np.ndarray, labels: int):
        require("sklearn")
        from sklearn.linear_model import LogisticRegression as Model

        self._labels = labels
        self._model = Model(max_iter=200)
        with np.errstate(all="ignore"):
            self._model.fit(vectors, targets)

    def predict(self, vectors: np.ndarray) -> np.ndarray:
        """Probabilities, (examples, labels)."""
        probabilities = np.zeros((len(vectors), self._labels))
        probabilities[:, self._model.classes_] = self._model.predict_proba(vectors)
        return probabilities


def summaries(sequences: Iterable[np.ndarray]) -> np.ndarray:
    """What a sequence (timesteps, features) is without its order: mean, deviation, least and
    largest of each feature, (sequences, 4 features).
    """
    return np.stack(
        [
            np.concatenate([x.mean(axis=0), x.std(axis=0), x.min(axis=0), x.max(axis=0)])
            for x in sequences
        ]
    )
