"""Further metrics of an evaluation."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.metrics.metric import Matthews, MetricSpec, further_scores


def test_matthews_is_the_correlation_of_two_labels() -> None:
    generator = np.random.default_rng(0)
    true, predicted = generator.integers(0, 2, (2, 50))
    expected = np.corrcoef(true, predicted)[0, 1]
    assert Matthews().score(true, predicted) == pytest.approx(expected)
    names = np.array(["bad", "good"])
    assert Matthews().score(names[true], names[predicted]) == pytest.approx(expected)
    assert Matthews().score(true.reshape(25, 2), predicted.reshape(25, 2)) == pytest.approx(
        expected
    )


def test_matthews_of_constant_predictions_is_zero() -> None:
    assert Matthews().score(np.array([0, 1, 0]), np.array([1, 1, 1])) == 0


class Agreement(MetricSpec):
    """The share of equal entries."""

    def score(self, true: np.ndarray, predicted: np.ndarray) -> float:
        return (true == predicted).mean()


def test_further_scores_are_named_after_their_metrics() -> None:
    scores = further_scores([Agreement(), Matthews()], np.array([0, 1]), np.array([0, 1]))
    assert scores == {"Agreement": 1.0, "matthews": 1.0}
    assert type(scores["Agreement"]) is float
