"""Anomaly detection in a series by the errors of a forecaster."""

from __future__ import annotations

from collections.abc import Sequence
from logging import INFO, WARNING

import numpy as np
from typing_extensions import Unpack

from rnnkit.data.encode.observed import digits
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.formats.format import Record
from rnnkit.data.raw.series import Series
from rnnkit.data.read.windows import read_windows
from rnnkit.data.times.clock import local
from rnnkit.errors import at, here
from rnnkit.metrics.anomalies import Span
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.report.series import DrawnAnomalies, draw_anomalies
from rnnkit.storage import write_bytes
from rnnkit.tasks.answers import answers_of_each
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.workflows.events import Anomalies, of_one, of_several
from rnnkit.workflows.outputs import output_format, output_picture
from rnnkit.workflows.scan import Scan
from rnnkit.workflows.series import first_drawn, place_of, read_series, require_other
from rnnkit.workflows.spans import SpanOptions, Spans
from rnnkit.workflows.trained import Trained, capable, find_trained, load_trained

THRESHOLD = 1e-5  # tail probability, as in NAB


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
    """Finds the anomalies of one or several series in a table by the errors of a forecaster. Each
    step is judged by earlier steps alone.

    Args:
        name: A run's folder or name; None for the newest forecaster.
        source: A table with the columns that the run was trained on; None for the series of its
            data set.
        output: A .csv, .tsv, .jsonl, .parquet or .arrow file for the value, forecast, probability
            and event of every step; "-" for standard output; None for none.
        threshold: The tail probability of an error below which a step belongs to an event.
        windows: A JSON file of labelled windows: [[first, last], ...], or such lists by name: by
            file as in NAB, or by series as in {"store A": [...]} for several in one table.
        plot: A .png file for a picture of each series with its events and windows.
        overwrite: Whether files may be replaced.
        options: gap, least_history and history; see `SpanOptions`.

    Raises:
        RnnkitError: If the run is not a forecaster, the series or the labels cannot be read or do
            not match the run, or an option is not a span of time.
    """
    trained = load_trained(find_trained(name, Forecasts))
    anomalies, _ = scan_anomalies(
        trained,
        source,
        output,
        threshold=threshold,
        windows=windows,
        plot=plot,
        overwrite=overwrite,
        **options,
    )
    return anomalies


def scan_anomalies(
    trained: Trained,
    source: object | None,
    output: str | None = None,
    *,
    threshold: float = THRESHOLD,
    windows: str | None = None,
    plot: str | None = None,
    overwrite: bool = False,
    **options: Unpack[SpanOptions],
) -> tuple[Anomalies, list[Scan]]:
    """Returns the anomalies, and the scan of each series. Arguments are as in `find_anomalies`,
    except that the source may also be a table in memory.
    """
    picture = output_picture(plot, "--plot", overwrite) if plot else None
    forecaster = capable(trained, Forecasts)
    destination = output_format(output, trained.predictor.writes, overwrite) if output else None
    require_other(destination[0] if destination else None, source, forecaster)
    series = read_series(forecaster, trained.run, source)
    labels: list[list[Span] | None] = [None] * len(series.each)
    if windows:
        with at("--windows"):
            name = source if isinstance(source, str) else forecaster.source
            labels = read_windows(windows, name, series)
    spans = [Spans.of(member, options) for member in series.each]
    with at(place_of(source)):
        scans = _scan_each(forecaster, series, threshold, spans, labels)
    anomalies = _anomalies_of(series, scans)
    if destination:
        target, file_format = destination
        codec = forecaster.codec
        with file_format.writer(target) as file:
            for scan, _ in scans:
                file.write(step_records(scan, codec))
    if picture:
        title = f"{trained.run.path.name}: {anomalies.count}"
        write_bytes(picture, _picture(scans, forecaster.codec, threshold, title))
    log.log(INFO if anomalies.judged else WARNING, anomalies.summary)
    return anomalies, [scan for scan, _ in scans]


def step_records(scan: Scan, codec: SeriesCodec) -> list[Record]:
    """Returns the records of a scan as written to files, with the columns that identify its series
    in the table.
    """
    records = scan.records(codec.names, digits(codec, scan.series))
    return [{**scan.series.keys, **record} for record in records]


def _scan_each(
    forecaster: Forecasts,
    series: Series,
    threshold: float,
    spans: Sequence[Spans],
    labels: Sequence[list[Span] | None],
) -> list[tuple[Scan, list[Span] | None]]:
    """Scans each series, and selects the labelled windows that count in it.

    Raises:
        RnnkitError: If no series can be scanned.
    """

    def scan_one(index: int, member: Series) -> tuple[Scan, list[Span] | None]:
        scan = Scan.of(forecaster, member, threshold, spans[index])
        windows = labels[index]
        return scan, None if windows is None else _counted_windows(windows, scan)

    return answers_of_each(series, scan_one, "not judged")


def _anomalies_of(series: Series, scans: Sequence[tuple[Scan, list[Span] | None]]) -> Anomalies:
    if not series.members:
        ((scan, windows),) = scans
        return of_one(scan, windows)
    members = list[Anomalies]()
    for scan, windows in scans:
        with at(scan.series.name):
            members.append(of_one(scan, windows, scan.series.name))
    return of_several(members, scans[0][0].compared)


def _counted_windows(windows: Sequence[Span], scan: Scan) -> list[Span]:
    """Returns the labelled windows with at least one judged step; logs how many do not count."""
    judged = scan.judged
    if not len(judged):
        return []
    remaining = [span for span in windows if span[1] >= judged[0]]
    measured = [span for span in remaining if ((span[0] <= judged) & (judged <= span[1])).any()]
    if missing := len(windows) - len(remaining):
        total, start = counted(len(windows), "labelled window"), scan.series.place(int(judged[0]))
        log.info(
            here(f"{missing} of {total} not counted: over before {start}, the first judged step")
        )
    if missing := len(remaining) - len(measured):
        log.info(
            here(f"{counted(missing, 'labelled window')} not counted: without a measured step")
        )
    return measured


def _picture(
    scans: Sequence[tuple[Scan, list[Span] | None]], codec: SeriesCodec, threshold: float, name: str
) -> bytes:
    """Returns a PNG of the series with their events and labelled windows; if there are many, those
    with events are preferred.
    """
    events_first = sorted(range(len(scans)), key=lambda index: not scans[index][0].events)
    chosen = [scans[index] for index in sorted(first_drawn(events_first, codec.outputs + 1))]
    windows = sum(len(labelled or []) for _, labelled in scans)
    title = f"{name}, {counted(windows, 'labelled window')}" if windows else name
    pictures = [drawn(scan, labelled, codec, threshold) for scan, labelled in chosen]
    return draw_anomalies(pictures, title)


def drawn(
    scan: Scan, windows: Sequence[Span] | None, codec: SeriesCodec, threshold: float
) -> DrawnAnomalies:
    """Returns the data of the picture of a series."""
    end = len(scan.series)
    times = np.arange(1, end + 1) if scan.series.times is None else local(scan.series.times[:end])
    return DrawnAnomalies(
        scan.observed[:end],
        -np.log10(np.maximum(scan.probabilities, 1e-30)),  # nan stays nan
        -np.log10(threshold),
        codec.names[: codec.outputs],
        times,
        scan.events,
        windows or (),
        scan.series.name,
    )
