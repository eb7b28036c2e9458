from __future__ import annotations

import numpy as np
import pytest
import sklearn.linear_model

from rnnkit.baselines.arrays import LogisticRegression, fit_regression, summaries


def test_summaries_by_hand() -> None:
    sequence = np.array([[1.0, -1.0], [3.0, -1.0]])
    assert summaries([sequence]).tolist() == [[2.0, -1.0, 1.0, 0.0, 1.0, -1.0, 3.0, -1.0]]


def test_logistic_regression_gives_no_share_to_labels_outside_training() -> None:
    vectors = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    model = LogisticRegression(fit_regression(vectors, np.array([0, 0, 2, 2])), 3)
    probabilities = model.predict(vectors)
    assert probabilities.argmax(axis=1).tolist() == [0, 0, 2, 2]
    assert (probabilities[:, 1] == 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("labels", [2, 3])
def test_logistic_regression_answers_as_scikit_learn(labels: int) -> None:
    generator = np.random.default_rng(labels)
    vectors, targets = generator.normal(size=(60, 4)), np.arange(60) % labels
    expected = sklearn.linear_model.LogisticRegression(max_iter=200).fit(vectors, targets)
    fitted = LogisticRegression(fit_regression(vectors, targets), labels)
    np.testing.assert_allclose(fitted.predict(vectors), expected.predict_proba(vectors), atol=1e-12)
