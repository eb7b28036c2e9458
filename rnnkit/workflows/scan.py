"""A series, step by step, as a forecaster saw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.data.encode.digits import Digits, as_read, rounded
from rnnkit.data.encode.observed import measured
from rnnkit.data.formats.format import Record
from rnnkit.data.raw.series import Series
from rnnkit.data.times.clock import shown_times
from rnnkit.metrics.anomalies import RECENT, Span, least_errors, merged, tail_probabilities
from rnnkit.quantities import counted
from rnnkit.tasks.capabilities import Forecast, Forecasts
from rnnkit.workflows.spans import Spans

# of the steps, to learn from: nothing is flagged or counted there, as in NAB
PROBATION = 0.15
SHORTEST_LEAST = 10  # mean errors below which no history is advised


@dataclass(frozen=True)
class Scan:
    """Each step's error, how unlikely it is, and the events.

    Args:
        series: The series.
        spans: How much history, and how far apart events are.
        observed: (steps, targets) in its own units; nan where nothing was measured.
        steps: (rows,) those that have a forecast.
        forecast: The forecast of these steps, whose values are (rows, targets, quantiles).
        probabilities: (steps,) of an error as large; nan where a step is not judged.
        errors: How many steps have an error.
        events: The first and the last step of each.
    """

    series: Series
    spans: Spans
    observed: np.ndarray
    steps: np.ndarray
    forecast: Forecast
    probabilities: np.ndarray
    errors: int
    events: list[Span]

    @classmethod
    def of(cls, forecaster: Forecasts, series: Series, threshold: float, spans: Spans) -> Scan:
        """What a forecaster expected of each step from those before it alone.

        Args:
            forecaster: The model.
            series: At least one step longer than what the model sees.
            threshold: The tail probability below which steps form an event.
            spans: How much history, and how far apart events are.
        """
        codec = forecaster.codec
        steps, forecast = forecaster.one_step(series)
        observed = measured(codec, series)
        errors = np.abs(observed[steps] - forecast.points) / codec.scaler.scale[: codec.outputs]
        has_error = np.isfinite(errors).any(axis=1)
        has_error &= ~_see_gaps(series, steps, forecaster.timesteps)
        errors, known = np.nanmean(errors[has_error], axis=1), steps[has_error]
        found = tail_probabilities(
            errors, spans.least, spans.most, threshold=threshold, aside=spans.aside
        )
        probabilities = np.full(len(series), np.nan)
        probabilities[known] = np.where(_are_recent(known), found, np.nan)
        probabilities[: round(PROBATION * len(series))] = np.nan
        events = merged(probabilities < threshold, spans.gap)
        return cls(series, spans, observed, steps, forecast, probabilities, len(known), events)

    @property
    def judged(self) -> np.ndarray:
        """The steps that are judged, in the order of time."""
        return np.flatnonzero(np.isfinite(self.probabilities))

    @property
    def summary(self) -> str:
        """What was judged, and by what; or what is missing to judge anything."""
        judged = self.judged
        if not len(judged):
            return self._missing()
        first, last = (self.series.place(int(step)) for step in judged[[0, -1]])
        counts = f"{len(judged):,} of {counted(len(self.series), 'step')} judged"
        return f"{counts}, {first} to {last}: {self.compared}"

    @property
    def compared(self) -> str:
        """What errors are compared with."""
        spans = self.spans
        return (
            f"the mean error of {RECENT} steps compared with {spans.written(spans.least)} before "
            f"them, at least; {spans.written(spans.most)} at most; events within"
            f" {spans.written(spans.gap)} are one"
        )

    @property
    def missing(self) -> int:
        """How many more steps with a measured value and a forecast it takes to judge one."""
        return max(least_errors(self.spans.least) - self.errors, 0)

    def _missing(self) -> str:
        needed = least_errors(self.spans.least)
        with_both = counted(self.errors, "step has", "steps have")
        got = f"nothing judged: {with_both} a measured value and a forecast"
        if not self.missing:
            return f"{got}, and no {RECENT} of them are near each other"
        got = f"{got}, and {needed:,} are needed, {self.missing:,} more"
        least = self.errors - least_errors(0)
        return f"{got}; or write --least-history {least}" if least >= SHORTEST_LEAST else got

    def records(self, names: Sequence[str], each: Sequence[Digits]) -> list[Record]:
        """Each step's values, forecasts with their quantiles, probability and the number of its
        event; None if there is none.
        """
        event_of = {
            step: number
            for number, (first, last) in enumerate(self.events, start=1)
            for step in range(first, last + 1)
        }
        times = None if self.series.times is None else shown_times(self.series.times)
        values = [as_read(column) for column in self.observed[self.steps].T]
        records = []
        for row, step in enumerate(self.steps.tolist()):
            record: Record = {"step": step + 1} if times is None else {"time": times[step]}
            is_measured = np.isfinite(self.observed[step])
            for index, (name, digits) in enumerate(zip(names, each, strict=False)):
                record[name] = values[index][row] if is_measured[index] else None
                shares = zip(self.forecast.quantiles, self.forecast.values[row, index], strict=True)
                for share, number in sorted(shares, key=lambda each: each[0] != 0.5):
                    column = "forecast" if share == 0.5 else f"{share:g}"
                    record[f"{name}_{column}"] = rounded(number, digits)
            probability = self.probabilities[step]
            record["probability"] = float(f"{probability:.3g}") if probability >= 0 else None
            record["event"] = event_of.get(step) if is_measured.any() else None
            records.append(record)
        return records


def _are_recent(measured: np.ndarray) -> np.ndarray:
    """(steps,) whether the latest measured steps of each, (steps,), are near it: errors from before
    a long gap say nothing of a step after it.
    """
    first = np.maximum(np.arange(len(measured)) - RECENT + 1, 0)
    return measured - measured[first] < 2 * RECENT


def _see_gaps(series: Series, steps: np.ndarray, timesteps: int) -> np.ndarray:
    """(steps,) whether more than half of what the model sees before a step is imputed: then the
    error says more of the gap than of the step.
    """
    filled = np.resize(series.filled, len(series)) if series.filled.size else np.zeros(len(series))
    before = np.append(0, np.cumsum(filled))
    return np.asarray(before[steps] - before[steps - timesteps] > timesteps / 2)
