"""A label for each text, or for each sequence of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags, assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from rnnkit.data.raw.label_names import label_name
from rnnkit.sklearn.base import RecurrentEstimator
from rnnkit.sklearn.inputs import read_inputs, require_all


@dataclass(kw_only=True, eq=False, repr=False)
class RNNClassifier(ClassifierMixin, RecurrentEstimator):
    """A recurrent classifier of texts, or of sequences of numbers.

    X is a list, an array or a column of texts; or numbers: an array (samples, timesteps, features),
    one (samples, timesteps), with one number per step, or a list of arrays of any lengths.

    Further parameters are those of `RecurrentEstimator`.

    Args:
        embedding: The size of a token's vector, for texts.
        class_weight: None, "balanced", or a mapping of classes to weights.
        validation: The fraction held out to choose the best weights; 0 for none.

    Attributes:
        classes_: The classes, (classes,), in the order of the probabilities.

    Examples:
        >>> from rnnkit.sklearn import RNNClassifier
        >>> model = RNNClassifier(cell="gru", units=8, epochs=20, random_state=0)
        >>> model.fit(["a good film", "a bad film"] * 20, [1, 0] * 20).predict(["good"])
        array([1])
    """

    embedding: int = 64
    class_weight: Any = None
    validation: float = 0.0

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Trains on samples X with their labels y, (samples,).

        Raises:
            ValueError: If they are invalid, or their numbers differ.
        """
        samples = read_inputs(self, X, reset=True)
        if y is None:
            raise ValueError("RNNClassifier requires y to be passed, but the target y is None")
        labels = column_or_1d(y, warn=True)
        if labels.dtype.kind == "O":
            require_all(labels.tolist(), "y", "Expected a label")
        assert_all_finite(labels, input_name="y")
        check_classification_targets(labels)
        if len(samples) != len(labels):
            got = f"Found input variables with inconsistent numbers of samples: {len(samples)}"
            raise ValueError(f"{got}, {len(labels)}")
        classes, places = np.unique(labels, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"y has one class: {classes.tolist()[0]!r}. Expected at least two")
        self.classes_, self._names = classes, _names(classes)
        names = [self._names[place] for place in places]
        self._is_text = isinstance(samples[0], str)
        model = {"embedding": self.embedding} if self._is_text else {}
        task = {"classification": {"class_weight": self._weights()}}
        self._train(task, (samples, names), model=model)
        return self

    def _weights(self) -> Any:
        if not isinstance(self.class_weight, Mapping):
            return self.class_weight or "none"
        names = dict(zip(self.classes_.tolist(), self._names, strict=True))
        if unknown := [label for label in self.class_weight if label not in names]:
            raise ValueError(f"class_weight has {unknown[0]!r}. Expected some of {[*names]}")
        return {names[label]: weight for label, weight in self.class_weight.items()}

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """The probability of each class, (samples, classes); their frequencies in the
        training set for a text without a word to read.
        """
        predictor = self._predictor
        samples = read_inputs(self, X, reset=False)
        with self._wrong_values():
            if self._is_text != all(isinstance(sample, str) for sample in samples):
                trained = "texts" if self._is_text else "sequences of numbers"
                raise ValueError(f"X is not {trained}. Expected them, as in training")
            queries = samples
            if not self._is_text:
                queries = [
                    predictor.query({"x": np.asarray(sample, np.float32)}) for sample in samples
                ]
            answers = predictor.predict(queries)
        labels = predictor.codec.labels
        counts = np.array(labels.counts, float)
        prior = counts / counts.sum()
        rows = np.array([prior if answer is None else answer for answer in answers])
        probabilities = np.zeros((len(rows), len(self.classes_)))
        # a class whose texts were all empty is unknown to the model
        probabilities[:, [self._names.index(name) for name in labels.names]] = rows
        return probabilities

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """The most probable class of each sample, (samples,)."""
        probabilities = self.predict_proba(X)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = tags.input_tags.string = True
        return tags


def _names(classes: np.ndarray) -> list[str]:
    """A name for each class: its text, or its index if texts are empty or not unique."""
    names = [label_name(label) for label in classes.tolist()]
    is_unique = all(names) and len({*names}) == len(names)
    return names if is_unique else [str(index) for index in range(len(names))]
