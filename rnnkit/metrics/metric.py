"""Further metrics of an evaluation, listed in `metrics:`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from rnnkit.config.spec import Spec
from rnnkit.registry import name_of


class MetricSpec(Spec):
    """The base of the metrics that `metrics:` may list, including those of users."""

    of_labels: ClassVar[bool] = False
    """Whether it compares labels, not numbers."""

    @abstractmethod
    def score(self, true: np.ndarray, predicted: np.ndarray) -> float:
        """The score of predictions.

        Args:
            true: The names of labels, (answers,); zeros and ones, (texts, labels), if a text may
                have several; numbers in their own unit, (origins, horizon, targets), for a series.
            predicted: The same for predictions.
        """


class Matthews(MetricSpec):
    """Matthews' correlation of true and predicted labels: 1 if all are right, 0 if unrelated
    (Matthews 1975; Gorodkin 2004 for more than two labels). If a text may have several labels, it
    is computed over all decisions.
    """

    of_labels: ClassVar[bool] = True

    def score(self, true: np.ndarray, predicted: np.ndarray) -> float:
        from sklearn.metrics import matthews_corrcoef

        return float(matthews_corrcoef(true.ravel(), predicted.ravel()))


def further_scores(
    metrics: Sequence[MetricSpec], true: np.ndarray, predicted: np.ndarray
) -> dict[str, float]:
    """The scores of metrics by their names; the name of a user's metric is that of its class.

    Args:
        metrics: The metrics of the config.
        true: As in `MetricSpec.score`.
        predicted: As in `MetricSpec.score`.
    """
    return {
        name_of("metric", type(metric)).rpartition(":")[2]: float(metric.score(true, predicted))
        for metric in metrics
    }
