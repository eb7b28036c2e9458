"""Further scores of an evaluation, named in a config's `metrics:`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from rnnkit.config.spec import Spec
from rnnkit.registry import name_of


class MetricSpec(Spec):
    """The base of the scores that `metrics:` may list, a user's own among them."""

    of_labels: ClassVar[bool] = False
    """Whether it compares labels only, and no numbers."""

    @abstractmethod
    def score(self, true: np.ndarray, predicted: np.ndarray) -> float:
        """How well predictions fit, of the run as of each baseline.

        Args:
            true: Names of labels, (answers,); zeros and ones, (texts, labels), where a text may
                have several; numbers in their own unit, (origins, horizon, targets), of a series.
            predicted: As `true`.
        """


class Matthews(MetricSpec):
    """Matthews' correlation of true and predicted labels: 1 where all are right, 0 where they are
    unrelated (Matthews 1975; Gorodkin 2004 for more than two labels). Of several labels a text it
    is over all decisions.
    """

    of_labels: ClassVar[bool] = True

    def score(self, true: np.ndarray, predicted: np.ndarray) -> float:
        from sklearn.metrics import matthews_corrcoef

        return float(matthews_corrcoef(true.ravel(), predicted.ravel()))


def further_scores(
    metrics: Sequence[MetricSpec], true: np.ndarray, predicted: np.ndarray
) -> dict[str, float]:
    """The scores of a config's metrics by their names; that of a user's is its class's.

    Args:
        metrics: What `metrics:` lists.
        true: As in `MetricSpec.score`.
        predicted: As `true`.
    """
    return {
        name_of("metric", type(metric)).rpartition(":")[2]: float(metric.score(true, predicted))
        for metric in metrics
    }
