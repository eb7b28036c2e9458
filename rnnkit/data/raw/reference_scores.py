"""Scores known for a data set without training: chance level, ceiling, published results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CHANCE, CEILING = "chance", "ceiling"


@dataclass(frozen=True)
class ReferenceScores:
    """Scores that a run is compared with.

    Args:
        who: "chance", what a model without memory reaches; "ceiling", the best possible score; or
            the model of a published result for the same setting.
        scores: Values by metric name; a task shows those it computes.
        note: Where they come from.
    """

    who: str
    scores: Mapping[str, float]
    note: str


def published(layer: str, scores: Mapping[str, float], source: str) -> ReferenceScores:
    """Scores published for a layer on exactly this setting of the data set."""
    return ReferenceScores(f"{layer} (published)", scores, source)


BAI = "Bai et al. 2018, table 1"
"""An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence Modeling,
arXiv 1803.01271; the networks compared in a row have about the same number of weights.
"""
