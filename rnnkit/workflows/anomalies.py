"""The anomalies of a series under a forecaster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from logging import INFO, WARNING
from typing import Any

import numpy as np
from typing_extensions import Unpack

from rnnkit.data.encode.observed import digits
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw.series import Series
from rnnkit.data.read.windows import read_windows
from rnnkit.data.times.clock import local
from rnnkit.errors import RnnkitError, at
from rnnkit.metrics.anomalies import EventScores, Span, event_scores, overlap
from rnnkit.progress import log
from rnnkit.storage import write_bytes
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.workflows.outputs import output_format, output_picture
from rnnkit.workflows.scan import Scan
from rnnkit.workflows.series import place_of, read_series
from rnnkit.workflows.spans import SpanOptions, Spans
from rnnkit.workflows.trained import capable, find_trained, load_trained

THRESHOLD = 1e-5  # of the tail probability, as in NAB


@dataclass(frozen=True)
class Event:
    """Consecutive anomalous steps.

    Args:
        first: When it begins: a time, or the number of the step.
        last: When it ends.
        steps: How long it is.
        probability: The smallest tail probability in it.
        labelled: "yes" where it overlaps a labelled window, "no" where it does not; empty without
            labels.
    """

    first: str
    last: str
    steps: int
    probability: float
    labelled: str


@dataclass(frozen=True)
class Anomalies:
    """The anomalies of a series; `events, scores = anomalies` takes its two main parts.

    Args:
        events: In the order of time.
        scores: How well they match the labelled windows; None without labels, or where nothing was
            judged.
        steps: How many steps the series has.
        judged: How many of them were judged.
        missing: How many more it takes to judge one.
        first: The first one that was judged: a time, or the number of the step; "" where none was.
        last: The last one.
        spans: The history that a step was compared with, and the gap between events, in steps.
        summary: What was judged, and by what; or what is missing to judge anything.
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

    def __iter__(self) -> Iterator[Any]:
        return iter((self.events, self.scores))

    @property
    def count(self) -> str:
        """How many events there are, where something was judged."""
        if self.judged:
            return f"{len(self.events):,} events"
        return f"nothing judged: {self.missing:,} more steps are needed"

    def __str__(self) -> str:
        return f"{self.count}; {self.scores}" if self.scores else self.count


def find_anomalies(
    name: str | None,
    source: str | None,
    output: str | None = None,
    *,
    threshold: float = THRESHOLD,
    windows: str | None = None,
    plot: str | None = None,
    overwrite: bool = False,
    **options: Unpack[SpanOptions],
) -> Anomalies:
    """The anomalies of a series under a forecaster, step by step, from what came before each
    step alone.

    Args:
        name: A run's folder or name; None for the newest forecaster.
        source: A table with the columns that the run was trained on; the run's own series where
            None.
        output: A .csv, .tsv, .jsonl or .parquet file with every step's value, forecast, error and
            probability; "-" for standard output; None for none.
        threshold: The tail probability of an error from which on a step belongs to an event.
        windows: A JSON file of labelled windows: [[first, last], ...], or NAB's, by the name of the
            series.
        plot: A .png of the series with events and windows.
        overwrite: Whether files may be replaced.
        options: gap, least_history and history; see `SpanOptions`.

    Raises:
        RnnkitError: If the run does not forecast, the series or the labels cannot be read or do
            not fit, or an option is not a span of time.
    """
    picture = output_picture(plot, "--plot", overwrite) if plot else None
    trained = load_trained(find_trained(name, Forecasts))
    forecaster = capable(trained, Forecasts)
    result = output_format(output, trained.predictor.writes, overwrite) if output else None
    series = read_series(forecaster, trained.run, source)
    if series.members:
        got, hint = f"{len(series.members)} series", "Name with --input a table of one"
        raise RnnkitError(place_of(source), got, "Expected one", hint)
    spans = Spans.of(series, options)
    labelled = _labelled(windows, source or forecaster.source, series) if windows else None
    with at(place_of(source)):
        scan = Scan.of(forecaster, series, threshold, spans)
    labelled = None if labelled is None else _counted(labelled, scan)
    found = _summarised(scan, labelled)
    if result:
        target, writes = result
        codec = forecaster.codec
        with writes.writer(target) as file:
            file.write(scan.records(codec.names, digits(codec, series)))
    if picture:
        title = f"{trained.run.path.name}: {found.count}"
        write_bytes(picture, draw(scan, forecaster.codec, threshold, labelled or [], title))
    log.log(INFO if found.judged else WARNING, found.summary)
    return found


def _summarised(scan: Scan, windows: Sequence[Span] | None) -> Anomalies:
    """What a scan found, as a person reads it."""
    judged, place = scan.judged, scan.series.place
    first, last = (place(int(judged[end])) if len(judged) else "" for end in (0, -1))
    is_scored = windows is not None and len(judged) > 0
    return Anomalies(
        events=[_event(scan, span, windows) for span in scan.events],
        scores=event_scores(scan.events, windows or ()) if is_scored else None,
        steps=len(scan.series),
        judged=len(judged),
        missing=scan.missing,
        first=first,
        last=last,
        spans=scan.spans,
        summary=scan.summary,
    )


def _event(scan: Scan, span: Span, windows: Sequence[Span] | None) -> Event:
    """An event as a person reads it."""
    first, last = span
    labelled = ""
    if windows is not None:
        met = sum(overlap(span, window) for window in windows)
        labelled = "yes" if met else "no"
        if met > 1:
            log.info(
                f"the event from {scan.series.place(first)} on meets {met} labelled windows and"
                " finds one of them"
            )
    smallest = float(np.nanmin(scan.probabilities[first : last + 1]))
    place = scan.series.place
    return Event(place(first), place(last), last - first + 1, smallest, labelled)


def _labelled(path: str, source: str, series: Series) -> list[Span]:
    """The labelled windows."""
    with at("--windows"):
        return read_windows(path, source, series)


def _counted(windows: Sequence[Span], scan: Scan) -> list[Span]:
    """The labelled windows in which something was judged."""
    judged = scan.judged
    if not len(judged):
        return []
    late = [span for span in windows if span[1] >= judged[0]]
    counted = [span for span in late if ((span[0] <= judged) & (judged <= span[1])).any()]
    if missed := len(windows) - len(late):
        log.info(
            f"{missed} of {len(windows)} labelled windows end before"
            f" {scan.series.place(int(judged[0]))}, where watching begins, and do not count"
        )
    if missed := len(late) - len(counted):
        log.info(f"{missed} labelled windows have no measured step, and do not count")
    return counted


def draw(
    scan: Scan, codec: SeriesCodec, threshold: float, windows: Sequence[Span], title: str
) -> bytes:
    """A PNG of a series with its events and the labelled windows."""
    from rnnkit.report.series import draw_anomalies

    end = len(scan.series)
    times = np.arange(1, end + 1) if scan.series.times is None else local(scan.series.times[:end])
    return draw_anomalies(
        scan.observed[:end],
        -np.log10(np.maximum(scan.probabilities, 1e-30)),  # nan stays nan
        -np.log10(threshold),
        codec.names[: codec.outputs],
        times,
        scan.events,
        windows,
        f"{title}, {len(windows)} labelled windows" if windows else title,
    )
