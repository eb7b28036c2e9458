"""Anomalies by the errors of forecasts: how unlikely a stretch of errors is, the events that it
forms, and how well they match labelled windows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RECENT = 10  # errors whose mean is judged
HISTORY = 8640  # means before them from which it is judged, as in NAB
LEAST_HISTORY = 288  # of them, before anything is judged
Span = tuple[int, int]
"""The first and the last step."""


def tail_probabilities(errors: np.ndarray) -> np.ndarray:
    """How unlikely the mean of the latest errors is, step by step, from the errors before it alone.

    The means before it are assumed to be normally distributed: the probability is that of one as
    large or larger (Lavin and Ahmad 2015, the anomaly likelihood; Ahmad et al. 2017). Mean and
    deviation follow the stream, so that what is usual may change.

    Args:
        errors: (steps,) at least 0.

    Returns:
        (steps,) probabilities; 1 where there are too few errors to judge.
    """
    totals = np.append(0.0, np.cumsum(errors, dtype=np.float64))
    recent = np.full(len(errors), np.nan)
    recent[RECENT - 1 :] = (totals[RECENT:] - totals[:-RECENT]) / RECENT
    means = recent[RECENT - 1 :]
    sums, squares = (np.append(0.0, np.cumsum(values)) for values in (means, means**2))
    probabilities = np.ones(len(errors))
    for step in range(2 * RECENT - 1 + LEAST_HISTORY, len(errors)):
        end = step - 2 * RECENT + 2  # means without any of the latest errors
        first = max(0, end - HISTORY)
        mean = (sums[end] - sums[first]) / (end - first)
        deviation = math.sqrt(max((squares[end] - squares[first]) / (end - first) - mean**2, 0.0))
        excess = recent[step] - mean
        probabilities[step] = (
            0.5 * math.erfc(excess / deviation / math.sqrt(2))
            if deviation > 0
            else float(excess <= 0)
        )
    return probabilities


def merged(flags: np.ndarray, gap: int) -> list[Span]:
    """Runs of flagged steps, (steps,) bool, joined where fewer than `gap` steps lie between
    them."""
    flagged = np.flatnonzero(flags)
    if not flagged.size:
        return []
    breaks = np.flatnonzero(np.diff(flagged) > gap)
    firsts, lasts = np.append(0, breaks + 1), np.append(breaks, len(flagged) - 1)
    return [
        (int(flagged[first]), int(flagged[last])) for first, last in zip(firsts, lasts, strict=True)
    ]


@dataclass(frozen=True)
class EventScores:
    """How well events match labelled windows.

    Args:
        events: How many there are.
        right: Those that overlap a window.
        windows: How many there are.
        found: Those that an event overlaps.
    """

    events: int
    right: int
    windows: int
    found: int

    @property
    def precision(self) -> float:
        """The share of events that are right; 0 without any."""
        return self.right / self.events if self.events else 0.0

    @property
    def recall(self) -> float:
        """The share of windows that are found; 0 without any."""
        return self.found / self.windows if self.windows else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def __str__(self) -> str:
        return (
            f"{self.found} of {self.windows} labelled windows found, {self.right} of {self.events}"
            f" events right: precision {self.precision:.2f}, recall {self.recall:.2f}, F1"
            f" {self.f1:.2f}"
        )


def event_scores(events: Sequence[Span], windows: Sequence[Span]) -> EventScores:
    """Events compared with labelled windows, both by their first and last step."""

    def overlaps(span: Span, others: Sequence[Span]) -> bool:
        return any(span[0] <= last and first <= span[1] for first, last in others)

    right = sum(overlaps(event, windows) for event in events)
    return EventScores(
        len(events), right, len(windows), sum(overlaps(window, events) for window in windows)
    )
