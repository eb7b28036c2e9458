"""The anomalies of a series under a forecaster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.data.encode.digits import as_read, rounded
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.formats.format import Record
from rnnkit.data.raw.series import Series
from rnnkit.data.read.clock import local, shown_times
from rnnkit.data.read.windows import read_windows
from rnnkit.errors import at
from rnnkit.metrics.anomalies import EventScores, Span, event_scores, merged, tail_probabilities
from rnnkit.progress import log
from rnnkit.storage import write_bytes
from rnnkit.tasks.capabilities import Forecasts
from rnnkit.workflows.outputs import output_format, output_picture
from rnnkit.workflows.series import place_of, read_series
from rnnkit.workflows.trained import capable, find_trained, load_trained

THRESHOLD = 1e-5  # of the tail probability, as in NAB
GAP = 144  # steps between two events that are one: half a day of five minutes
# of the steps, to learn from: nothing is flagged or counted there, as in NAB
PROBATION = 0.15


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
class Scan:
    """A series, step by step, as a forecaster saw it.

    Args:
        series: The series.
        observed: (steps, targets) in its own units.
        steps: (rows,) those that have a forecast.
        forecasts: (rows, targets) of these steps.
        probabilities: (steps,) of an error as large; 1 where there is no forecast.
        events: The first and the last step of each.
    """

    series: Series
    observed: np.ndarray
    steps: np.ndarray
    forecasts: np.ndarray
    probabilities: np.ndarray
    events: list[Span]

    @classmethod
    def of(cls, forecaster: Forecasts, series: Series, threshold: float) -> Scan:
        """What a forecaster expected of each step from those before it alone."""
        codec = forecaster.codec
        steps, forecasts = forecaster.one_step(series)
        observed = codec.observed(series)
        errors = np.abs(observed[steps] - forecasts) / codec.scaler.scale[: codec.outputs]
        probabilities = np.ones(len(series))
        probabilities[steps] = tail_probabilities(errors.mean(axis=1))
        probabilities[: watched_from(series)] = 1.0
        events = merged(probabilities < threshold, GAP)
        return cls(series, observed, steps, forecasts, probabilities, events)

    def event(self, span: Span, windows: Sequence[Span] | None) -> Event:
        """An event as a person reads it."""
        first, last = span
        labelled = ""
        if windows is not None:
            labelled = "yes" if event_scores([span], windows).right else "no"
        smallest = float(self.probabilities[first : last + 1].min())
        place = self.series.place
        return Event(place(first), place(last), last - first + 1, smallest, labelled)

    def records(self, names: Sequence[str], decimals: Sequence[int]) -> list[Record]:
        """Each step's values, forecasts, probability and the number of its event."""
        event_of = {
            step: number
            for number, (first, last) in enumerate(self.events, start=1)
            for step in range(first, last + 1)
        }
        times = None if self.series.times is None else shown_times(self.series.times)
        measured = [as_read(values) for values in self.observed[self.steps].T]
        records = []
        for row, (step, forecast) in enumerate(
            zip(self.steps.tolist(), self.forecasts, strict=True)
        ):
            record: Record = {"step": step + 1} if times is None else {"time": times[step]}
            for index, (name, digits) in enumerate(zip(names, decimals, strict=False)):
                record[name] = measured[index][row]
                record[f"{name}_forecast"] = rounded(forecast[index], digits)
            record["probability"] = f"{self.probabilities[step]:.3g}"
            record["event"] = event_of.get(step, "")
            records.append(record)
        return records


def watched_from(series: Series) -> int:
    """The first step at which an event may begin."""
    return round(PROBATION * len(series))


def find_anomalies(
    name: str | None,
    source: str | None,
    output: str | None = None,
    *,
    threshold: float = THRESHOLD,
    windows: str | None = None,
    plot: str | None = None,
    overwrite: bool = False,
) -> tuple[list[Event], EventScores | None]:
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

    Returns:
        The events, and how well they match the labelled windows; None without labels.

    Raises:
        RnnkitError: If the run does not forecast, or the series or the labels cannot be read or do
            not fit.
    """
    picture = output_picture(plot, "--plot", overwrite) if plot else None
    trained = load_trained(find_trained(name, Forecasts))
    forecaster = capable(trained, Forecasts)
    result = output_format(output, trained.predictor.writes, overwrite) if output else None
    series = read_series(forecaster, trained.run, source)
    labelled = _labelled(windows, source or forecaster.source, series) if windows else None
    with at(place_of(source)):
        scan = Scan.of(forecaster, series, threshold)
    if result:
        target, writes = result
        with writes.writer(target) as file:
            file.write(scan.records(forecaster.codec.names, forecaster.codec.decimals(series)))
    if picture:
        title = f"{trained.run.path.name}: {len(scan.events)} events"
        write_bytes(picture, draw(scan, forecaster.codec, threshold, labelled or [], title))
    events = [scan.event(span, labelled) for span in scan.events]
    return events, None if labelled is None else event_scores(scan.events, labelled)


def _labelled(path: str, source: str, series: Series) -> list[Span]:
    """The labelled windows that reach beyond the probation."""
    with at("--windows"):
        spans = read_windows(path, source, series)
    watched = watched_from(series)
    counted = [span for span in spans if span[1] >= watched]
    if missed := len(spans) - len(counted):
        log.info(
            f"{missed} of {len(spans)} labelled windows end before {series.place(watched)}, where"
            " watching begins, and do not count"
        )
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
        -np.log10(np.maximum(scan.probabilities, 1e-30)),
        -np.log10(threshold),
        codec.names[: codec.outputs],
        times,
        scan.events,
        windows,
        f"{title}, {len(windows)} labelled windows" if windows else title,
    )
