"""What needs no recurrent model, against an independent pipeline of scikit-learn over the tokens as
text.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline

from rnnkit.baselines.text import BagOfNgrams, fit_bag_of_ngrams, majority
from rnnkit.data.encode.ragged import Sequences

VOCABULARY = 12


def texts(random_seed: int, count: int, low: int = 0) -> Sequences:
    generator = np.random.default_rng(random_seed)
    return Sequences.of(
        generator.integers(low, VOCABULARY, generator.integers(1, 15)) for _ in range(count)
    )


def bag(train: Sequences, targets: np.ndarray, labels: int, vocabulary: int) -> BagOfNgrams:
    fitted = fit_bag_of_ngrams(train.flat, train.lengths, targets, vocabulary)
    return BagOfNgrams(fitted, labels, vocabulary)


def as_words(token_ids: Sequences) -> list[str]:
    return [" ".join(f"w{token}" for token in token_ids[text]) for text in range(len(token_ids))]


def pipeline(classifier: Any) -> Any:
    counts = CountVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", lowercase=False)
    return make_pipeline(counts, TfidfTransformer(sublinear_tf=True), classifier)


def regression() -> LogisticRegression:
    return LogisticRegression(C=10, max_iter=1000)


@pytest.mark.parametrize("labels", [2, 3])
def test_bag_of_ngrams_equals_an_independent_pipeline(labels: int) -> None:
    train, held_out = texts(0, 150, low=1), texts(1, 40)  # token 0 is never seen in training
    targets = np.array(
        [(train[text].max() + text % 3) % labels for text in range(len(train))], np.int32
    )
    probabilities = bag(train, targets, labels, VOCABULARY).predict(held_out)
    expected = (
        pipeline(regression()).fit(as_words(train), targets).predict_proba(as_words(held_out))
    )
    np.testing.assert_allclose(probabilities, expected, atol=1e-9)
    assert probabilities.std() > 0.05


def test_bag_of_ngrams_fits_a_regression_for_each_of_several_labels() -> None:
    train, held_out = texts(2, 150), texts(3, 40)
    targets = np.stack(
        [[int(word in train[text]) for text in range(len(train))] for word in (3, 5, 7)], axis=1
    ).astype(np.float32)
    probabilities = bag(train, targets, 3, VOCABULARY).predict(held_out)
    expected = (
        pipeline(OneVsRestClassifier(regression()))
        .fit(as_words(train), targets)
        .predict_proba(as_words(held_out))
    )
    np.testing.assert_allclose(probabilities, expected, atol=1e-9)


def test_bag_of_ngrams_counts_no_pair_across_texts() -> None:
    """Only bigrams distinguish the labels; they do not cross the borders of texts."""
    train = Sequences.of([[1, 2], [2, 1]] * 10)
    model = bag(train, np.array([0, 1] * 10, np.int32), 2, 3)
    assert model.predict(train).argmax(axis=1).tolist() == [0, 1] * 10
    apart = model.predict(Sequences.of([[1], [2], [1], [2]]))
    np.testing.assert_allclose(apart, 0.5, atol=1e-3)


def test_bag_of_ngrams_separates_pairs_from_tokens() -> None:
    """The token 5 is not confused with the bigram 1, 1, for any size of vocabulary."""
    for vocabulary in range(2, 7):
        every = [[first] for first in range(vocabulary)] + [
            [first, second] for first in range(vocabulary) for second in range(vocabulary)
        ]
        model = bag(Sequences.of(every), np.arange(len(every), dtype=np.int32) % 2, 2, vocabulary)
        assert len(model._fitted["terms"]) == vocabulary + vocabulary**2


def test_bag_of_ngrams_answers_unseen_tokens_by_the_intercept() -> None:
    train = Sequences.of([[1, 1], [1, 2], [2, 2], [1]])
    model = bag(train, np.array([0, 0, 1, 0], np.int32), 2, 9)
    first, second = model.predict(Sequences.of([[7, 8], [8]]))
    assert first.tolist() == second.tolist()
    assert first.sum() == pytest.approx(1)


def test_bag_of_ngrams_gives_no_share_to_labels_outside_training() -> None:
    train = Sequences.of([[1], [2], [1]])
    model = bag(train, np.array([0, 2, 0], np.int32), 4, 3)
    probabilities = model.predict(train)
    assert probabilities.shape == (3, 4)
    assert probabilities[:, [1, 3]].tolist() == [[0, 0]] * 3
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_bag_of_ngrams_handles_labels_that_all_texts_or_none_have() -> None:
    train = Sequences.of([[1], [2], [1, 2]])
    targets = np.array([[1, 0, 1], [1, 0, 0], [1, 0, 1]], np.float32)
    probabilities = bag(train, targets, 3, 3).predict(train)
    assert probabilities[:, 0].tolist() == [1, 1, 1]
    assert probabilities[:, 1].tolist() == [0, 0, 0]
    assert 0 < probabilities[0, 2] < 1


def test_bag_of_ngrams_warns_nothing_where_the_solver_stops_early() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        bag(texts(5, 60), np.arange(60, dtype=np.int32) % 2, 2, VOCABULARY)


def test_majority_has_the_frequencies_of_training() -> None:
    assert majority(np.array([0, 2, 2, 2], np.int32), 3, 2).tolist() == [[0.25, 0, 0.75]] * 2
    several = np.array([[1, 0], [1, 1], [0, 0], [1, 0]], np.float32)
    assert majority(several, 2, 3).tolist() == [[0.75, 0.25]] * 3
