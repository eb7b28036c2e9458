"""The anomalous events of one or several series, with times as texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnkit.data.raw.labelled import places
from rnnkit.errors import here
from rnnkit.metrics.anomalies import EventScores, Span, event_scores, overlap
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.workflows.scan import Scan
from rnnkit.workflows.spans import Spans


@dataclass(frozen=True)
class Event:
    """Consecutive anomalous steps.

    Args:
        first: The first step: its time, or its number.
        last: The last step, likewise.
        steps: The number of steps.
        probability: The smallest tail probability of its steps.
        labelled: "yes" if it overlaps a labelled window, else "no"; "" without labels.
        series: The series of the table: "store A"; "" if there is only one.
    """

    first: str
    last: str
    steps: int
    probability: float
    labelled: str
    series: str = ""


@dataclass(frozen=True)
class Anomalies:
    """The anomalies of a series, or of several; `events, scores = anomalies` takes its two main
    parts.

    Args:
        events: The events in the order of time, one series after the other.
        scores: The scores of the events against the labelled windows; None without labels, or if no
            step was judged.
        steps: The number of steps of all series.
        judged: The number of judged steps.
        missing: The number of further steps needed to judge one.
        first: The first judged step: its time, or its number; "" for several series, or if no step
            was judged.
        last: The last judged step, likewise.
        spans: The history that a step is compared with, and the gap between events, in steps.
        summary: What was judged and with which method, or what is missing, as a sentence.
        series: The series of the table: "store A"; "" if there is only one, or for several.
        each: The anomalies of each of several series; empty for one.
    """

    events: list[Event]
    scores: EventScores | None
    steps: int
    judged: int
    missing: int
    first: str
    last: str
    spans: Spans
    summary: str
    series: str = ""
    each: tuple[Anomalies, ...] = ()

    def __iter__(self) -> Iterator[Any]:
        return iter((self.events, self.scores))

    @property
    def count(self) -> str:
        """The number of events as a text, or that no step was judged."""
        if self.judged:
            return counted(len(self.events), "event")
        return f"nothing judged: {counted(self.missing, 'more step is', 'more steps are')} needed"

    def __str__(self) -> str:
        return f"{self.count}; {self.scores}" if self.scores else self.count


def of_one(scan: Scan, windows: Sequence[Span] | None, name: str = "") -> Anomalies:
    """The anomalies of one series.

    Args:
        scan: The scan of the series.
        windows: The labelled windows that are scored; None without labels.
        name: The series of the table; "" if there is only one.
    """
    judged, place = scan.judged, scan.series.place
    first, last = (place(int(judged[end])) if len(judged) else "" for end in (0, -1))
    is_scored = windows is not None and len(judged) > 0
    return Anomalies(
        events=[_event(scan, span, windows, name) for span in scan.events],
        scores=event_scores(scan.events, windows or ()) if is_scored else None,
        steps=len(scan.series),
        judged=len(judged),
        missing=scan.missing,
        first=first,
        last=last,
        spans=scan.spans,
        summary=scan.summary,
        series=name,
    )


def of_several(members: Sequence[Anomalies], compared: str) -> Anomalies:
    """The anomalies of several series together, with the sum of their scores.

    Args:
        members: The anomalies of each series, at least one.
        compared: The errors that theirs were compared with, in words.
    """
    scores = [series.scores for series in members if series.scores]
    judged = sum(series.judged for series in members)
    steps = sum(series.steps for series in members)
    missing = 0 if judged else min(series.missing for series in members)
    summary = (
        f"{judged:,} of {counted(steps, 'step')} of {len(members):,} series judged: {compared}"
    )
    if idle := [series.series for series in members if not series.judged]:
        summary += f"; nothing judged in {len(idle):,} of them: {places(idle)}"
    return Anomalies(
        events=[event for series in members for event in series.events],
        scores=EventScores.total(scores) if scores else None,
        steps=steps,
        judged=judged,
        missing=missing,
        first="",
        last="",
        spans=members[0].spans,
        summary=summary if judged else members[0].summary,
        each=tuple(members),
    )


def _event(scan: Scan, span: Span, windows: Sequence[Span] | None, name: str) -> Event:
    first, last = span
    labelled = ""
    if windows is not None:
        met = sum(overlap(span, window) for window in windows)
        labelled = "yes" if met else "no"
        if met > 1:
            remark = f"the event from {scan.series.place(first)} on meets {met} labelled windows"
            log.info(here(f"{remark} and finds one of them"))
    smallest = float(np.nanmin(scan.probabilities[first : last + 1]))
    place = scan.series.place
    return Event(place(first), place(last), last - first + 1, smallest, labelled, name)
