"""Simple classifiers of sequences of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from rnnkit.environment import require


class LogisticRegression:
    """A linear classifier of vectors.

    Args:
        fitted: What `fit_regression` gives.
        labels: How many labels there are.
    """

    def __init__(self, fitted: Mapping[str, np.ndarray], labels: int):
        self._fitted, self._labels = fitted, labels

    def predict(self, vectors: np.ndarray) -> np.ndarray:
        """Probabilities, (examples, labels)."""
        scores = vectors @ self._fitted["weights"].T + self._fitted["intercepts"]
        return of_labels(scores, self._fitted["classes"], self._labels)


def fit_regression(vectors: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
    """The weights of `LogisticRegression`, by scikit-learn: rows of weights and intercepts (one for
    two classes), and the classes.

    Args:
        vectors: (examples, features).
        targets: (examples,) label indices, at least two different ones.
    """
    require("sklearn")
    from sklearn.linear_model import LogisticRegression as Model
    from threadpoolctl import threadpool_limits

    model = Model(max_iter=200)
    # one thread: sums do not depend on how many processors there are
    with threadpool_limits(1), np.errstate(all="ignore"):
        model.fit(vectors, targets)
    return {"weights": model.coef_, "intercepts": model.intercept_, "classes": model.classes_}


def of_labels(scores: np.ndarray, classes: np.ndarray, labels: int) -> np.ndarray:
    """Probabilities, (examples, labels), of the scores of a regression; 0 for labels outside its
    training.

    Args:
        scores: (examples, 1) for one or two classes, else (examples, classes).
        classes: The labels of the scores.
        labels: How many labels there are.
    """
    probabilities = np.zeros((len(scores), labels))
    if len(classes) == 1:
        probabilities[:, classes] = 1
    elif len(classes) == 2:
        second = sigmoid(scores[:, 0])
        probabilities[:, classes] = np.stack([1 - second, second], axis=1)
    else:
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities[:, classes] = shares / shares.sum(axis=1, keepdims=True)
    return probabilities


def sigmoid(scores: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), also of infinity."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-scores)))


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
