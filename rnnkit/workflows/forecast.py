"""A forecaster's answers to a series: what comes next, and where it was not as expected."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit.data.raw.series import Series
from rnnkit.data.read.clock import parse_time, shown_time, shown_times
from rnnkit.data.read.files import find_file
from rnnkit.data.read.tables import TableWriter
from rnnkit.errors import RnnkitError, at
from rnnkit.metrics.anomalies import EventScores, Span, event_scores, merged, tail_probabilities
from rnnkit.run import find_run
from rnnkit.storage import write_bytes
from rnnkit.workflows.answer import Trained, load_trained
from rnnkit.workflows.outputs import output_picture, output_table

SHOWN_WINDOWS = 3  # of history before a forecast
THRESHOLD = 1e-5  # of the tail probability, as in NAB
GAP = 144  # steps between two events that are one: half a day of five minutes
# of the steps, from which is only learnt: nothing is flagged or counted there, as in NAB
PROBATION = 0.15

Say = Callable[[str], None]


def forecast_file(
    trained: Trained,
    source: str | None,
    output: str,
    *,
    horizon: int | None,
    plot: str | None,
    overwrite: bool,
    say: Say,
) -> int:
    """Writes what comes after the end of a series: time, step, and each target with its quantiles.

    Args:
        trained: A forecaster.
        source: A table with the columns that the run was trained on; the run's own series where
            None.
        output: A .csv, .tsv or .jsonl file; "-" for standard output.
        horizon: How many steps; the run's own where None.
        plot: A .png of the series' end and the forecast.
        overwrite: Whether files may be replaced.
        say: Called with lines about the series.

    Returns:
        How many steps were forecast.

    Raises:
        RnnkitError: If the series cannot be read or does not fit the run, or a file is there
            already.
    """
    target, kind = output_table(output, overwrite)
    picture = output_picture(plot, "--plot", overwrite) if plot else None
    series, where = _series(trained, source, say)
    config, codec = trained.config, trained.codec
    ahead = config.ahead(codec, trained.outputs, series, horizon, where, say)
    records = []
    times = None if ahead.times is None else shown_times(ahead.times)
    for step, values in enumerate(ahead.values):
        record: dict[str, Any] = {} if times is None else {"time": times[step]}
        record["step"] = step + 1
        if codec.choices is not None:
            record[codec.targets[0]] = codec.choices[int(ahead.points[step].argmax())]
        for name, numbers in zip(ahead.names, values, strict=True):
            record[name] = _number(numbers[ahead.quantiles.index(0.5)])
            record |= {
                f"{name}_{share:g}": _number(number)
                for share, number in zip(ahead.quantiles, numbers, strict=True)
                if share != 0.5
            }
        records.append(record)
    with TableWriter(target, kind) as writer:
        writer.write(records)
    if picture:
        write_bytes(picture, _drawn_forecast(trained, series, ahead))
    return len(records)


def _drawn_forecast(trained: Trained, series: Series, ahead: Any) -> bytes:
    from rnnkit.report.series import draw_forecast

    codec, end, steps = trained.codec, len(series), len(ahead.points)
    shown = slice(max(0, end - SHOWN_WINDOWS * max(trained.config.task.timesteps, steps)), end)
    history = codec.observed(series)[shown]
    if ahead.times is not None and series.times is not None:
        times = series.times[shown], ahead.times
    else:
        times = np.arange(shown.start + 1, end + 1), np.arange(end + 1, end + steps + 1)
    interval = (ahead.values[..., 0], ahead.values[..., -1]) if len(ahead.quantiles) > 1 else None
    return draw_forecast(
        history,
        ahead.points,
        ahead.names,
        times,
        f"{trained.run.path.name}, {steps} {'step' if steps == 1 else 'steps'} ahead",
        interval,
    )


@dataclass(frozen=True)
class Event:
    """Consecutive steps that were not as expected.

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


def find_anomalies(
    name: str | None,
    source: str | None,
    output: str | None,
    *,
    threshold: float,
    windows: str | None,
    plot: str | None,
    overwrite: bool,
    say: Say,
) -> tuple[list[Event], EventScores | None]:
    """Where a series was not as a forecaster expected, step by step, from what came before each
    step alone.

    Args:
        name: A run's folder or name; None for the newest.
        source: A table with the columns that the run was trained on; the run's own series where
            None.
        output: A .csv, .tsv or .jsonl file with every step's value, forecast, error and
            probability; "-" for standard output; None for none.
        threshold: The tail probability of an error from which on a step belongs to an event.
        windows: A JSON file of labelled windows: [[first, last], ...], or NAB's, by the name of the
            series.
        plot: A .png of the series with events and windows.
        overwrite: Whether files may be replaced.
        say: Called with lines about the series.

    Returns:
        The events, and how well they meet the labelled windows; None without labels.

    Raises:
        RnnkitError: If the run is no forecaster, or the series or the labels cannot be read or do
            not fit.
    """
    target, kind = output_table(output, overwrite) if output is not None else (None, "csv")
    picture = output_picture(plot, "--plot", overwrite) if plot else None
    trained = load_trained(find_run(name, ["forecasting"] if name is None else []), say)
    if not trained.config.reads_series:
        raise RnnkitError(
            "--anomalies",
            f"{trained.run}: a {trained.config.kind()} run",
            "Expected a forecasting run",
            "Name another run",
        )
    series, where = _series(trained, source, say)
    codec = trained.codec
    steps, forecasts = trained.config.one_step(codec, trained.outputs, series, where, say)
    values = codec.observed(series)
    errors = np.abs(values[steps] - forecasts) / codec.scaler.scale[: codec.outputs]
    probabilities = np.ones(len(series))
    probabilities[steps] = tail_probabilities(errors.mean(axis=1))
    watched = round(PROBATION * len(series))
    probabilities[:watched] = 1.0
    events = merged(probabilities < threshold, GAP)
    labelled = None
    if windows:
        spans = _labelled_windows(
            windows, source or str(getattr(trained.config.data.dataset, "path", "")), series
        )
        labelled = [span for span in spans if span[1] >= watched]
        if missed := len(spans) - len(labelled):
            say(
                f"{missed} of {len(spans)} labelled windows end before {series.place(watched)},"
                " where watching begins, and do not count"
            )
    if output is not None:
        with TableWriter(target, kind) as writer:
            writer.write(
                _records(codec.names, series, values, steps, forecasts, probabilities, events)
            )
    if picture:
        write_bytes(
            picture,
            _drawn_events(
                trained, series, values, probabilities, threshold, events, labelled or []
            ),
        )
    found = [_event(series, span, probabilities, labelled) for span in events]
    return found, None if labelled is None else event_scores(events, labelled)


def _event(
    series: Series, span: Span, probabilities: np.ndarray, labelled: Sequence[Span] | None
) -> Event:
    first, last = span
    met = "" if labelled is None else ("yes" if event_scores([span], labelled).right else "no")
    return Event(
        series.place(first),
        series.place(last),
        last - first + 1,
        float(probabilities[first : last + 1].min()),
        met,
    )


def _records(
    names: Sequence[str],
    series: Series,
    values: np.ndarray,
    steps: np.ndarray,
    forecasts: np.ndarray,
    probabilities: np.ndarray,
    events: Sequence[Span],
) -> list[dict[str, Any]]:
    event_of = {
        step: number
        for number, (first, last) in enumerate(events, start=1)
        for step in range(first, last + 1)
    }
    records = []
    times = None if series.times is None else shown_times(series.times)
    for step, forecast in zip(steps.tolist(), forecasts, strict=True):
        record: dict[str, Any] = {"step": step + 1} if times is None else {"time": times[step]}
        for index, number in enumerate(forecast):
            record |= {
                names[index]: _number(values[step, index]),
                f"{names[index]}_forecast": _number(number),
            }
        records.append(
            record | {"probability": f"{probabilities[step]:.3g}", "event": event_of.get(step, "")}
        )
    return records


def _drawn_events(
    trained: Trained,
    series: Series,
    values: np.ndarray,
    probabilities: np.ndarray,
    threshold: float,
    events: Sequence[Span],
    labelled: Sequence[Span],
) -> bytes:
    from rnnkit.report.series import draw_anomalies

    end = len(series)
    times = np.arange(1, end + 1) if series.times is None else series.times[:end]
    scores = -np.log10(np.maximum(probabilities, 1e-30))
    names = trained.codec.names[: trained.codec.outputs]
    title = f"{trained.run.path.name}: {len(events)} events" + (
        f", {len(labelled)} labelled windows" if labelled else ""
    )
    return draw_anomalies(
        values[:end], scores, -np.log10(threshold), names, times, events, labelled, title
    )


def _labelled_windows(path: str, source: str, series: Series) -> list[Span]:
    """The steps of the labelled windows of a series, in a file of theirs alone or of many
    series."""
    if series.times is None:
        raise RnnkitError(
            "--windows", "a series without times", "Expected a run whose data set has `time:`"
        )
    with at("--windows"):
        found = find_file(path, "a JSON file of labelled windows")
    expected = "Expected [[first, last], ...], or such a list for each series by its name"
    try:
        content = json.loads(found.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            keys = [
                key
                for key in content
                if Path(source).match(key) or Path(source).name == Path(key).name
            ]
            if len(keys) != 1:
                raise RnnkitError(
                    "--windows", f"{found} has {len(keys) or 'no'} lists for {source!r}", expected
                )
            content = content[keys[0]]
        spans = [(parse_time(first, None), parse_time(last, None)) for first, last in content]
    except (OSError, ValueError, TypeError) as error:
        raise RnnkitError("--windows", f"{found}: {error}", expected) from None
    if backwards := [(first, last) for first, last in spans if first > last]:
        raise RnnkitError(
            "--windows",
            f"{found}: a window from {shown_time(backwards[0][0])} back to"
            f" {shown_time(backwards[0][1])}",
            expected,
        )
    steps = [
        (
            int(np.searchsorted(series.times, first)),
            int(np.searchsorted(series.times, last, side="right")) - 1,
        )
        for first, last in spans
    ]
    return [(first, last) for first, last in steps if first <= last]


def _series(trained: Trained, source: str | None, say: Say) -> tuple[Series, str]:
    """The series to answer, and how messages call it."""
    dataset = trained.config.data.dataset
    if source is None:
        where = "data.dataset"
        series: Series = dataset.sample() if trained.run.uses_sample else dataset.load()
    else:
        where = "--input"
        with at(where):
            series = dataset.read(source)
    for note in series.notes:
        say(note)
    return series, where


def _number(value: float) -> float:
    """As many digits as float32 has."""
    return float(f"{value:.7g}")
