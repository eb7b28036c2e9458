"""Simple classifiers of sequences of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from rnnkit.environment import require


class LogisticRegression:
    """A linear classifier of vectors.

    Args:
        fitted: The result of `fit_regression`.
        labels: The number of labels.
    """

    def __init__(self, fitted: Mapping[str, np.ndarray], labels: int):
        self._fitted, self._labels = fitted, labels

    def predict(self, vectors: np.ndarray) -> np.ndarray:
        """The probabilities of the labels, (examples, labels)."""
        scores = vectors @ self._fitted["weights"].T + self._fitted["intercepts"]
        return label_probabilities(scores, self._fitted["classes"], self._labels)


def fit_regression(vectors: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
    """The fit of `LogisticRegression`, by scikit-learn: weights and intercepts (a single row for
    two classes), and the classes.

    Args:
        vectors: (examples, features).
        targets: Label indices, (examples,), at least two distinct ones.
    """
    require("sklearn")
    from sklearn.linear_model import LogisticRegression as Model
    from threadpoolctl import threadpool_limits

    model = Model(max_iter=200)
    # one thread: sums do not depend on how many processors there are
    with threadpool_limits(1), np.errstate(all="ignore"):
        model.fit(vectors, targets)
    return {"weights": model.coef_, "intercepts": model.intercept_, "classes": model.classes_}


def label_probabilities(scores: np.ndarray, classes: np.ndarray, labels: int) -> np.ndarray:
    """The probabilities of the labels from the scores of a regression, (examples, labels); 0 for
    labels without training examples.

    Args:
        scores: (examples, 1) for one or two classes, else (examples, classes).
        classes: The label indices of the classes.
        labels: The number of labels.
    """
    probabilities = np.zeros((len(scores), labels))
    if len(classes) == 1:
        probabilities[:, classes] = 1
    elif len(classes) == 2:
        second = sigmoid(scores[:, 0])
        probabilities[:, classes] = np.stack([1 - second, second], axis=1)
    else:
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities[:, classes] = exponentials / exponentials.sum(axis=1, keepdims=True)
    return probabilities


def sigmoid(scores: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), defined at infinity as well."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-scores)))


def summaries(sequences: Iterable[np.ndarray]) -> np.ndarray:
    """Statistics of (timesteps, features) sequences that ignore the order of steps: the mean,
    deviation, minimum and maximum of each feature, (sequences, 4 x features).
    """
    return np.stack(
        [
            np.concatenate([x.mean(axis=0), x.std(axis=0), x.min(axis=0), x.max(axis=0)])
            for x in sequences
        ]
    )
