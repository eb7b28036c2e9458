"""The simple methods that a classifier is compared with: what they take long to compute, and what
they answer.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from rnnkit.baselines.arrays import LogisticRegression, fit_regression, summaries
from rnnkit.baselines.text import BagOfNgrams, fit_bag_of_ngrams
from rnnkit.checksums import Input
from rnnkit.computations import Arrays, Computation
from rnnkit.data.encode.ragged import Sequences
from rnnkit.tasks.classification.data import ClassificationCodec, ClassificationPart


class TextBaseline:
    """Bag of words: unigrams and bigrams.

    Args:
        fitted: What its computation gives.
        codec: Vocabulary and labels of the training set.
    """

    name: ClassVar[str] = "TF-IDF logistic regression"

    def __init__(self, fitted: Arrays, codec: ClassificationCodec):
        self._regression = BagOfNgrams(fitted, len(codec.labels), codec.features)

    @staticmethod
    def computation(train: ClassificationPart, codec: ClassificationCodec) -> Computation:
        """Its weights."""
        inputs: dict[str, Input] = {
            "flat": train.whole.flat,
            "lengths": train.whole.lengths,
            "targets": train.targets,
            "vocabulary": codec.features,
        }
        return Computation(fit_bag_of_ngrams, inputs)

    def predict(self, sequences: Sequences) -> np.ndarray:
        """Probabilities, (texts, labels)."""
        return self._regression.predict(sequences)


class ArrayBaseline:
    """Statistics of each feature over the steps.

    Args:
        fitted: What its computation gives.
        codec: The labels of the training set.
    """

    name: ClassVar[str] = "logistic regression of mean, deviation, least and largest"

    def __init__(self, fitted: Arrays, codec: ClassificationCodec):
        self._regression = LogisticRegression(fitted, len(codec.labels))

    @staticmethod
    def computation(train: ClassificationPart, codec: ClassificationCodec) -> Computation:
        """Its weights."""
        inputs: dict[str, Input] = {"vectors": summaries(train.inputs), "targets": train.targets}
        return Computation(fit_regression, inputs)

    def predict(self, sequences: Sequences) -> np.ndarray:
        """Probabilities, (sequences, labels)."""
        return self._regression.predict(summaries(sequences))
