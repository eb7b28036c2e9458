"""Anomalies by the errors of forecasts: the probability of a stretch of errors, the events that it
forms, and their agreement with labelled windows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.quantities import counted

RECENT = 10  # latest errors, whose mean is judged
LEAST = 288  # fewest earlier means with which it is compared: a day of NAB's five minutes
MOST = 8640  # most earlier means with which it is compared: 30 days of NAB
MANY = 288  # means from which on they are taken as normally distributed
Span = tuple[int, int]
"""The first and the last step."""


def least_errors(least: int) -> int:
    """The fewest errors of which the last can be judged."""
    return 2 * RECENT + least


def tail_probabilities(
    errors: np.ndarray,
    least: int = LEAST,
    most: int = MOST,
    *,
    threshold: float = 0.0,
    aside: int = 0,
) -> np.ndarray:
    """The probability of the mean of the latest errors, step by step, given the errors before them.

    Earlier means are assumed to be normally distributed, and the probability is that of a mean as
    large or larger (Lavin and Ahmad 2015, the anomaly likelihood; Ahmad et al. 2017). Mean and
    deviation follow the stream, so the usual level may change. As the deviation of a few
    overlapping means is uncertain and too small, Student's distribution is used for them.

    Args:
        errors: (steps,), at least 0.
        least: The fewest earlier means with which a step is compared.
        most: The most earlier means with which a step is compared.
        threshold: The probability below which a mean is rare.
        aside: The most consecutive errors of rare means that are left out of the history of later
            steps; more of them count as usual.

    Returns:
        Probabilities, (steps,); nan for steps with too few errors before them.
    """
    totals = np.append(0.0, np.cumsum(errors, dtype=np.float64))
    means = (totals[RECENT:] - totals[:-RECENT]) / RECENT
    history, rare = _History(len(errors)), list[float]()
    probabilities = np.full(len(errors), np.nan)
    for step in range(RECENT, len(errors)):
        error = float(errors[step - RECENT])  # the latest errors are not in the history
        # an error is rare if any mean that contains it is
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
    """A growing list of errors, with running sums of them and of their means.

    Args:
        most: The most errors that it can hold.
    """

    def __init__(self, most: int):
        self._errors, self._squares = np.zeros(most + 1), np.zeros(most + 1)
        self._means, self._squared_means = np.zeros(most + 1), np.zeros(most + 1)
        self._count = 0

    def extend(self, errors: Sequence[float]) -> None:
        """Appends errors."""
        for error in errors:
            self._count = count = self._count + 1
            self._errors[count] = self._errors[count - 1] + error
            self._squares[count] = self._squares[count - 1] + error * error
            if (index := count - RECENT + 1) > 0:
                mean = (self._errors[count] - self._errors[count - RECENT]) / RECENT
                self._means[index] = self._means[index - 1] + mean
                self._squared_means[index] = self._squared_means[index - 1] + mean * mean

    def tail(self, recent: float, most: int) -> float:
        """The probability of a mean of at least `recent`, given the last `most` means."""
        end = self._count - RECENT + 1
        first = max(0, end - most)
        mean, deviation = _moments(self._means, self._squared_means, first, end)
        if end - first >= MANY:
            return _tail(recent - mean, deviation)
        count = self._count - first
        mean, spread = _moments(self._errors, self._squares, first, self._count)
        deviation = max(deviation, spread * math.sqrt(count / (count - 1) / RECENT))
        # both the latest mean and the mean of the history are uncertain
        return _tail(recent - mean, deviation * math.sqrt(1 + RECENT / count), count - 1)


def _moments(sums: np.ndarray, squares: np.ndarray, first: int, end: int) -> tuple[float, float]:
    """The mean and deviation of the values from `first` up to `end`, by their running sums."""
    mean = (sums[end] - sums[first]) / (end - first)
    return mean, math.sqrt(max((squares[end] - squares[first]) / (end - first) - mean**2, 0.0))


def _tail(excess: float, deviation: float, freedom: int | None = None) -> float:
    """The upper tail of the normal distribution, or of Student's with `freedom` degrees of freedom
    as approximated by Wallace (1959).
    """
    if deviation <= 0:
        return float(excess <= 0)
    z = excess / deviation
    if freedom is not None and z > 0:
        share = (8 * freedom + 1) / (8 * freedom + 3)
        z = share * math.sqrt(freedom * math.log1p(z * z / freedom))
    return 0.5 * math.erfc(z / math.sqrt(2))


def merged(flags: np.ndarray, gap: int) -> list[Span]:
    """The runs of flagged steps, (steps,) bool; those at most `gap` steps apart are joined."""
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
    """The agreement of events with labelled windows.

    Args:
        events: The number of events.
        right: The number of events that overlap a window.
        windows: The number of windows.
        found: The number of windows that an event finds; each event finds at most one.
    """

    events: int
    right: int
    windows: int
    found: int

    @classmethod
    def total(cls, scores: Sequence[EventScores]) -> EventScores:
        """The scores of several series together."""
        return cls(
            sum(series.events for series in scores),
            sum(series.right for series in scores),
            sum(series.windows for series in scores),
            sum(series.found for series in scores),
        )

    @property
    def precision(self) -> float:
        """The share of events that are right; 0 without events."""
        return self.right / self.events if self.events else 0.0

    @property
    def recall(self) -> float:
        """The share of windows that are found; 0 without windows."""
        return self.found / self.windows if self.windows else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def __str__(self) -> str:
        return (
            f"{self.found} of {counted(self.windows, 'labelled window')} found,"
            f" {self.right} of {counted(self.events, 'event')} right: precision"
            f" {self.precision:.2f}, recall {self.recall:.2f}, F1 {self.f1:.2f}"
        )


def event_scores(events: Sequence[Span], windows: Sequence[Span]) -> EventScores:
    """The agreement of events with labelled windows.

    Args:
        events: The events in chronological order, without overlaps.
        windows: The windows in any order.
    """
    right = sum(any(overlap(event, window) for window in windows) for event in events)
    return EventScores(len(events), right, len(windows), _found(events, windows))


def overlap(first: Span, second: Span) -> bool:
    """Whether two spans have a step in common."""
    return first[0] <= second[1] and second[0] <= first[1]


def _found(events: Sequence[Span], windows: Sequence[Span]) -> int:
    """The number of windows that are found if each event finds at most one."""
    remaining = sorted(windows, key=lambda window: window[1])
    found = 0
    for event in events:
        # the window that ends first, as later events may still overlap the others
        match = next((window for window in remaining if overlap(event, window)), None)
        if match is not None:
            remaining.remove(match)
            found += 1
    return found
