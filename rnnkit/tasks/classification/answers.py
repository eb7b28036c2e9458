"""The rows of a classifier's answers, as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """A label and its probability."""

    label: str
    probability: float


@dataclass(frozen=True)
class Decision:
    """One of several labels: its probability, the threshold, and whether it is predicted."""

    label: str
    probability: float
    threshold: float
    given: str
