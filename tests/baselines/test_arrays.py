from __future__ import annotations

import numpy as np

from rnnkit.baselines.arrays import LogisticRegression, summaries


def test_summaries_by_hand() -> None:
    sequence = np.array([[1.0, -1.0], [3.0, -1.0]])
    assert summaries([sequence]).tolist() == [[2.0, -1.0, 1.0, 0.0, 1.0, -1.0, 3.0, -1.0]]


def test_logistic_regression_gives_no_share_to_labels_outside_training() -> None:
    vectors = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    model = LogisticRegression(vectors, np.array([0, 0, 2, 2]), 3)
    probabilities = model.predict(vectors)
    assert probabilities.argmax(axis=1).tolist() == [0, 0, 2, 2]
    assert (probabilities[:, 1] == 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
