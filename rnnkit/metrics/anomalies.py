"""Anomalies by the errors of forecasts: how unlikely a stretch of errors is, the events that it
forms, and how well they match labelled windows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.quantities import counted

RECENT = 10  # errors whose mean is judged
LEAST = 288  # means before them, before anything is judged: NAB's day of five minutes
MOST = 8640  # means before them from which they are judged at most: NAB's 30 days
MANY = 288  # means from which the normal distribution is a fair one
Span = tuple[int, int]
"""The first and the last step."""


def least_errors(least: int) -> int:
    """How many errors there must be before one is judged."""
    return 2 * RECENT + least


def tail_probabilities(
    errors: np.ndarray,
    least: int = LEAST,
    most: int = MOST,
    *,
    threshold: float = 0.0,
    aside: int = 0,
) -> np.ndarray:
    """How unlikely the mean of the latest errors is, step by step, from the errors before it alone.

    The means before it are assumed to be normally distributed: the probability is that of one as
    large or larger (Lavin and Ahmad 2015, the anomaly likelihood; Ahmad et al. 2017). Mean and
    deviation follow the stream, so that what is usual may change. From few means a deviation is
    uncertain, and that of overlapping means too small: there the probability is Student's.

    Args:
        errors: (steps,) at least 0.
        least: Means that the first judged step is compared with.
        most: Means that a step is compared with at most.
        threshold: The probability below which a mean is rare.
        aside: Up to so many errors in a row of rare means are no part of what later ones are
            compared with; more of them have become usual.

    Returns:
        (steps,) probabilities; nan where there are too few errors to judge.
    """
    totals = np.append(0.0, np.cumsum(errors, dtype=np.float64))
    means = (totals[RECENT:] - totals[:-RECENT]) / RECENT
    history, rare = _History(len(errors)), list[float]()
    probabilities = np.full(len(errors), np.nan)
    for step in range(RECENT, len(errors)):
        error = float(errors[step - RECENT])  # the latest ones are no part of the history
        # It is rare where any mean is that it is a part of.
        if (probabilities[step - RECENT : step] < threshold).any():
            rare.append(error)
            if len(rare) > aside:
                history.extend(rare)
                rare.clear()
        else:
            rare.clear()
            history.extend([error])
        if step >= least_errors(least) - 1:
            probabilities[step] = history.tail(means[step - RECENT + 1], most)
    return probabilities


class _History:
    """Errors, one after the other, with running sums of them and of their means.

    Args:
        most: How many there may be.
    """

    def __init__(self, most: int):
        self._errors, self._squares = np.zeros(most + 1), np.zeros(most + 1)
        self._means, self._squared_means = np.zeros(most + 1), np.zeros(most + 1)
        self._count = 0

    def extend(self, errors: Sequence[float]) -> None:
        """Adds errors."""
        for error in errors:
            self._count = count = self._count + 1
            self._errors[count] = self._errors[count - 1] + error
            self._squares[count] = self._squares[count - 1] + error * error
            if (index := count - RECENT + 1) > 0:
                mean = (self._errors[count] - self._errors[count - RECENT]) / RECENT
                self._means[index] = self._means[index - 1] + mean
                self._squared_means[index] = self._squared_means[index - 1] + mean * mean

    def tail(self, recent: float, most: int) -> float:
        """The probability of so large a mean or a larger one, by the last `most` means."""
        end = self._count - RECENT + 1
        first = max(0, end - most)
        mean, deviation = _moments(self._means, self._squared_means, first, end)
        if end - first >= MANY:
            return _tail(recent - mean, deviation)
        count = self._count - first
        mean, spread = _moments(self._errors, self._squares, first, self._count)
        deviation = max(deviation, spread * math.sqrt(count / (count - 1) / RECENT))
        # The latest mean is uncertain, and so is that which it is compared with.
        return _tail(recent - mean, deviation * math.sqrt(1 + RECENT / count), count - 1)


def _moments(sums: np.ndarray, squares: np.ndarray, first: int, end: int) -> tuple[float, float]:
    """Mean and deviation of the values from `first` to before `end`, by their running sums."""
    mean = (sums[end] - sums[first]) / (end - first)
    return mean, math.sqrt(max((squares[end] - squares[first]) / (end - first) - mean**2, 0.0))


def _tail(excess: float, deviation: float, freedom: int | None = None) -> float:
    """The probability of so large an excess or a larger one: of a normal distribution, or of
    Student's with so many degrees of freedom, as Wallace (1959) approximates it.
    """
    if deviation <= 0:
        return float(excess <= 0)
    z = excess / deviation
    if freedom is not None and z > 0:
        share = (8 * freedom + 1) / (8 * freedom + 3)
        z = share * math.sqrt(freedom * math.log1p(z * z / freedom))
    return 0.5 * math.erfc(z / math.sqrt(2))


def merged(flags: np.ndarray, gap: int) -> list[Span]:
    """Runs of flagged steps, (steps,) bool; two that are at most `gap` steps apart are one."""
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
        events: The number of events.
        right: The number of events that overlap a window.
        windows: The number of windows.
        found: The number of windows that were found; each event finds at most one.
    """

    events: int
    right: int
    windows: int
    found: int

    @classmethod
    def total(cls, each: Sequence[EventScores]) -> EventScores:
        """The scores of several series together."""
        return cls(
            sum(one.events for one in each),
            sum(one.right for one in each),
            sum(one.windows for one in each),
            sum(one.found for one in each),
        )

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
            f"{self.found} of {counted(self.windows, 'labelled window')} found,"
            f" {self.right} of {counted(self.events, 'event')} right: precision"
            f" {self.precision:.2f}, recall {self.recall:.2f}, F1 {self.f1:.2f}"
        )


def event_scores(events: Sequence[Span], windows: Sequence[Span]) -> EventScores:
    """Events compared with labelled windows, both by their first and last step.

    Args:
        events: In the order of time, none overlapping another.
        windows: In any order.
    """
    right = sum(any(overlap(event, window) for window in windows) for event in events)
    return EventScores(len(events), right, len(windows), _pairs(events, windows))


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans have a step in common."""
    return one[0] <= other[1] and other[0] <= one[1]


def _pairs(events: Sequence[Span], windows: Sequence[Span]) -> int:
    """How many windows have an event of their own, where each event finds one window at most."""
    left = sorted(windows, key=lambda window: window[1])
    pairs = 0
    for event in events:
        # That which ends first: later events may overlap the others still.
        met = next((window for window in left if overlap(event, window)), None)
        if met is not None:
            left.remove(met)
            pairs += 1
    return pairs
