"""The one-step forecasts of a series, their errors, and the anomalies among them."""

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

# the first share of the steps, in which nothing is flagged or counted, as in NAB
PROBATION = 0.15
SHORTEST_LEAST = 10  # the shortest --least-history, in mean errors, that a message suggests


@dataclass(frozen=True)
class Scan:
    """The forecast of each step, the tail probability of its error, and the events.

    Args:
        series: The series.
        spans: The lengths of the history, and the gap between events.
        observed: (steps, targets) in the unit of the series; nan where nothing was measured.
        steps: (rows,) the indices of the steps with a forecast.
        forecast: The forecast of these steps, with values (rows, targets, quantiles).
        probabilities: (steps,) the tail probability of each error; nan where a step is not judged.
        errors: The number of steps with an error.
        events: The first and last step of each event.
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
        """Forecasts each step from those before it, and compares its error with earlier ones.

        Args:
            forecaster: The model.
            series: The series, at least one step longer than the context window of the model.
            threshold: The tail probability below which steps form an event.
            spans: The lengths of the history, and the gap between events.
        """
        codec = forecaster.codec
        steps, forecast = forecaster.one_step(series)
        observed = measured(codec, series)
        errors = np.abs(observed[steps] - forecast.points) / codec.scaler.scale[: codec.outputs]
        has_error = np.isfinite(errors).any(axis=1)
        has_error &= ~_follow_gaps(series, steps, forecaster.timesteps)
        errors, with_error = np.nanmean(errors[has_error], axis=1), steps[has_error]
        tails = tail_probabilities(
            errors, spans.least, spans.most, threshold=threshold, aside=spans.aside
        )
        probabilities = np.full(len(series), np.nan)
        probabilities[with_error] = np.where(_are_recent(with_error), tails, np.nan)
        probabilities[: round(PROBATION * len(series))] = np.nan
        events = merged(probabilities < threshold, spans.gap)
        return cls(series, spans, observed, steps, forecast, probabilities, len(with_error), events)

    @property
    def judged(self) -> np.ndarray:
        """The indices of the judged steps, in the order of time."""
        return np.flatnonzero(np.isfinite(self.probabilities))

    @property
    def summary(self) -> str:
        """A sentence on the judged steps; or on the number of steps missing to judge any."""
        judged = self.judged
        if not len(judged):
            return self._missing()
        first, last = (self.series.place(int(step)) for step in judged[[0, -1]])
        counts = f"{len(judged):,} of {counted(len(self.series), 'step')} judged"
        return f"{counts}, {first} to {last}: {self.compared}"

    @property
    def compared(self) -> str:
        """A phrase on the history that errors are compared with."""
        spans = self.spans
        return (
            f"the mean error of {RECENT} steps compared with {spans.written(spans.least)} before "
            f"them, at least; {spans.written(spans.most)} at most; events within"
            f" {spans.written(spans.gap)} are one"
        )

    @property
    def missing(self) -> int:
        """The number of further steps with a value and a forecast needed to judge one."""
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

    def records(self, names: Sequence[str], digits: Sequence[Digits]) -> list[Record]:
        """Returns a record for each forecast step: its values, forecasts with quantiles, tail
        probability and the number of its event; None where there is none.

        Args:
            names: The names of the targets.
            digits: The precision with which each target is written.
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
            for index, (name, precision) in enumerate(zip(names, digits, strict=False)):
                record[name] = values[index][row] if is_measured[index] else None
                quantiles = zip(
                    self.forecast.quantiles, self.forecast.values[row, index], strict=True
                )
                for quantile, number in sorted(quantiles, key=lambda pair: pair[0] != 0.5):
                    column = "forecast" if quantile == 0.5 else f"{quantile:g}"
                    record[f"{name}_{column}"] = rounded(number, precision)
            probability = self.probabilities[step]
            record["probability"] = float(f"{probability:.3g}") if probability >= 0 else None
            record["event"] = event_of.get(step) if is_measured.any() else None
            records.append(record)
        return records


def _are_recent(measured: np.ndarray) -> np.ndarray:
    """Returns (steps,) whether the last few measured steps before each one are near it: errors
    from before a long gap say nothing about a step after it.

    Args:
        measured: (steps,) the indices of the steps with an error.
    """
    first = np.maximum(np.arange(len(measured)) - RECENT + 1, 0)
    return measured - measured[first] < 2 * RECENT


def _follow_gaps(series: Series, steps: np.ndarray, timesteps: int) -> np.ndarray:
    """Returns (steps,) whether more than half of the context window before a step is imputed: then
    the error says more about the gap than about the step.
    """
    filled = np.resize(series.filled, len(series)) if series.filled.size else np.zeros(len(series))
    before = np.append(0, np.cumsum(filled))
    return np.asarray(before[steps] - before[steps - timesteps] > timesteps / 2)
