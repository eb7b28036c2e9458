"""Forecasts a series: numbers that a person types, a table, or the run's own series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from rnnkit.data.encode.digits import rounded
from rnnkit.data.encode.observed import digits as digits_of
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.formats.format import Record
from rnnkit.data.raw.series import Series
from rnnkit.data.times.clock import shown_times
from rnnkit.errors import RnnkitError, here
from rnnkit.insight.question import Question
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.tasks.capabilities import About, Explains, Forecast, Forecasts
from rnnkit.tasks.forecasting.answers import ForecastStep, IntervalStep
from rnnkit.tasks.forecasting.data import window_shape
from rnnkit.tasks.forecasting.explaining import forecast_question
from rnnkit.tasks.forecasting.forecasts import (
    Model,
    forecast_windows,
    require_future,
    steps_known,
)
from rnnkit.tasks.forecasting.playground import newest_steps, playground
from rnnkit.tasks.forecasting.sections import ForecastingData, ForecastingSettings
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.playground import Forecasting
from rnnkit.tasks.predictor import Answers, Predictor


class ForecastingPredictor(Predictor[SeriesCodec, Series, Forecast], Forecasts, Explains[Series]):
    """A model that forecasts a series.

    Args:
        codec: The run's codec.
        outputs: The model's outputs.
        settings: Window, horizon and quantiles.
        data: The `data:` section, by which further series are read.
    """

    reads = ()

    def __init__(
        self,
        codec: SeriesCodec,
        outputs: Outputs,
        settings: ForecastingSettings,
        data: ForecastingData,
    ):
        super().__init__(codec, outputs)
        self.timesteps = settings.timesteps
        self._settings, self._dataset = settings, data.dataset
        self.shape = window_shape(settings, data, codec)

    @property
    def levels(self) -> tuple[float, ...]:
        """The quantiles of a forecast."""
        return self._settings.levels

    @property
    def source(self) -> str:
        return self._dataset.source

    def series(self, source: object | None, *, sample: bool = False) -> Series:
        if source is not None:
            return self._dataset.read_further(source, self.codec.step)
        return self._dataset.sample() if sample else self._dataset.load()

    def steps_ahead(self, horizon: int | None) -> int:
        longest = self._settings.horizon
        if horizon is not None and horizon < 1:
            raise RnnkitError("", f"found {horizon}", "Expected at least 1 step")
        if self._settings.method == "direct" and horizon is not None and horizon > longest:
            got = f"{horizon}, but this run forecasts {counted(longest, 'step')}, all at once"
            hint = "Train one with `task.forecasting.method: recursive`, or with a longer horizon"
            raise RnnkitError("", got, f"Expected at most {longest}", hint)
        return horizon or longest

    def forecast(self, series: Series, horizon: int | None = None) -> Forecast:
        steps = self.steps_ahead(horizon)
        computed = max(steps, self.shape.horizon)
        extended, end = self._extended(series, computed), len(series)
        values = self.codec.encoded(extended)
        (forecast,) = self.forecast_windows(self.outputs, values, np.array([end]), computed)
        times = None
        if extended.times is not None and series.step is not None:
            times = extended.times[end : end + steps]
        return Forecast(self._names, times, forecast[:steps], self._settings.levels)

    def question(self, query: Series, about: About) -> Question:
        values = self.codec.encoded(self._extended(query, self.shape.horizon))
        (span,) = self.shape.spans(values, np.array([len(query)]), self.shape.horizon)
        return forecast_question(self.codec, self.shape, self.outputs, self.levels, span, about)

    def _extended(self, series: Series, ahead: int) -> Series:
        """A series with `ahead` steps after it.

        Raises:
            RnnkitError: If it is shorter than a window, or values that must be known in advance are
                missing.
        """
        if series.members:
            got, expected = f"{len(series.members)} series", "Expected one of them"
            raise RnnkitError("", got, expected)
        if len(series) < self.timesteps:
            expected = f"Expected at least {self.timesteps:,}, the window of the model"
            hint = (
                f"Put the last {self.timesteps:,} rows of history before those of the future"
                if series.future
                else ""
            )
            raise RnnkitError("", f"{counted(len(series), 'step')} of history", expected, hint)
        require_future(series, ahead)
        return series.extended(ahead)

    @property
    def _names(self) -> tuple[str, ...]:
        return self.codec.names[: self.codec.outputs]

    def playground(self) -> Forecasting:
        ahead = max(self._settings.horizon, self.shape.horizon)
        try:
            series: Series | None = self.series(None)
        except RnnkitError as error:
            log.warning(here(f"a level line stands for the series: {error.got}"))
            series = None
        newest = newest_steps(self.codec, series, self.timesteps, ahead)
        return playground(self.codec, self.shape, self._settings, newest)

    def one_step(self, series: Series) -> tuple[np.ndarray, Forecast]:
        steps, ahead = len(series), self.shape.horizon - 1
        # after the forecast step, the model sees only values that are known in advance
        known = steps_known(series, ahead)
        origins = np.arange(self.timesteps, steps - (ahead - known))
        if not len(origins):
            needed = self.timesteps + 1 + ahead - known
            expected = f"Expected at least {needed:,}: what the model sees, and one after it"
            raise RnnkitError("", counted(steps, "step"), expected)
        if known < ahead:
            names, targets = ", ".join(series.known) or "the calendar", ", ".join(series.targets)
            steps_have = "step has" if ahead - known == 1 else f"{ahead - known:,} steps have"
            remark = (
                f"the last {steps_have} no forecast, which needs {names} of the"
                f" {counted(ahead, 'step')} after it; add rows with nothing under {targets}"
            )
            log.warning(here(remark))
        values = self.codec.encoded(series.extended(known))
        forecasts = self.forecast_windows(self.outputs, values, origins, ahead + 1)
        times = None if series.times is None else series.times[origins]
        return origins, Forecast(self._names, times, forecasts[:, 0], self._settings.levels)

    def forecast_windows(
        self, model: Model, values: np.ndarray, origins: np.ndarray, horizon: int
    ) -> np.ndarray:
        """Forecasts from each origin by this model or by a baseline with the same inputs; arguments
        and result as in `forecasts.forecast_windows`.
        """
        return forecast_windows(model, self.codec, self.shape, values, origins, horizon)

    def parse(self, text: str) -> Series:
        """The last window of numbers such as "0.1 0.2", step by step.

        Raises:
            RnnkitError: If there are too few numbers, or the model reads more than numbers.
        """
        codec, features = self.codec, len(self.codec.names)
        if not codec.is_plain or codec.outputs > 1:
            columns = [*codec.columns, *(f"the calendar ({cycle})" for cycle in codec.cycles)]
            expected = f"Expected a table with {', '.join(columns)}"
            raise RnnkitError("", "numbers alone", expected, "Write `rnnkit forecast --input FILE`")
        numbers = _numbers(text)
        needed = self.timesteps * features
        if len(numbers) < needed or len(numbers) % features or not _fits_float32(numbers):
            expected = (
                f"Expected at least {needed} finite ones:"
                f" {counted(self.timesteps, 'step')} of {features}"
            )
            not_finite = "" if _fits_float32(numbers) else ", not all of them finite"
            raise RnnkitError("", f"{counted(len(numbers), 'number')}{not_finite}", expected)
        window = numbers.reshape(-1, features)[-self.timesteps :]
        return Series(codec.targets, dict(zip(codec.columns, window.T, strict=True)))

    def query(self, record: Record, column: str | None = None) -> NoReturn:
        """Raises an error, as a series is read as a whole.

        Raises:
            RnnkitError: Always, with the command to use.
        """
        hint = "Write `rnnkit forecast --input FILE`"
        raise RnnkitError("", "one row of a series", "Expected the whole table", hint)

    def predict(self, queries: Sequence[Series]) -> list[Forecast | None]:
        return [self.forecast(series) for series in queries]

    def answers(self, query: Series, answer: Forecast, top: int) -> Answers:
        """The first target step by step, with the interval if there are quantiles."""
        digits, *_ = digits_of(self.codec, query)
        points = [rounded(point, digits) for point in answer.points[:, 0]]
        if len(answer.quantiles) == 1:
            return [ForecastStep(step, point) for step, point in enumerate(points, start=1)]
        rows = enumerate(zip(points, answer.values[:, 0], strict=True), start=1)
        return [
            IntervalStep(step, point, rounded(quantiles[0], digits), rounded(quantiles[-1], digits))
            for step, (point, quantiles) in rows
        ]

    @property
    def answer_columns(self) -> dict[str, type[int] | type[float] | type[str]]:
        """The columns of its records for a series without times."""
        category = {} if self.codec.choices is None else {self.codec.targets[0]: str}
        suffixes = ["", *(f"_{level:g}" for level in self._settings.levels if level != 0.5)]
        numbers = [name + suffix for name in self._names for suffix in suffixes]
        return {"step": int, **category, **dict.fromkeys(numbers, float)}

    def records(self, query: Series, answer: Forecast) -> list[Record]:
        """A record for each step: its time and number, and each target with its quantiles."""
        times = None if answer.times is None else shown_times(answer.times)
        target_digits = digits_of(self.codec, query)
        records = []
        for index, values in enumerate(answer.values):
            record: Record = {} if times is None else {"time": times[index]}
            record["step"] = index + 1
            if self.codec.choices is not None:
                best = int(answer.points[index].argmax())
                record[self.codec.targets[0]] = self.codec.choices[best]
            for name, numbers, digits in zip(answer.names, values, target_digits, strict=True):
                cells = [rounded(number, digits) for number in numbers]
                quantiles = dict(zip(answer.quantiles, cells, strict=True))
                record[name] = quantiles.pop(0.5)
                record |= {f"{name}_{level:g}": number for level, number in quantiles.items()}
            records.append(record)
        return records


def _numbers(text: str) -> np.ndarray:
    try:
        return np.array([float(word) for word in text.replace(",", " ").split()])
    except ValueError as error:
        raise RnnkitError("", str(error), "Expected numbers, such as '0.1 0.2'") from None


def _fits_float32(numbers: np.ndarray) -> bool:
    with np.errstate(over="ignore"):  # a number too large for float32 becomes infinite
        return bool(np.isfinite(numbers.astype(np.float32)).all())
