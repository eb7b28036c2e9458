"""Scores that are known of a data set without any training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CHANCE, CEILING = "chance", "ceiling"


@dataclass(frozen=True)
class Known:
    """A row beside the scores of a run.

    Args:
        who: Whose they are: "chance", what is reached without a memory; "ceiling", the best that
            is possible; or what others published for the same setting.
        scores: By the names of the metrics; a task shows those that it has.
        note: Where they come from.
    """

    who: str
    scores: Mapping[str, float]
    note: str


def published(layer: str, scores: Mapping[str, float], source: str) -> Known:
    """What others published of a layer, for the very setting of a data set."""
    return Known(f"{layer} (published)", scores, source)


BAI = "Bai et al. 2018, table 1"
"""An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence Modeling,
arXiv 1803.01271: the networks of a row have about as many weights.
"""
