"""Forecasting: the next numbers of a series, from a window of numbers (many to one)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from rnnkit.architecture import Architecture
from rnnkit.audit.audit import Audit
from rnnkit.computations import Computation
from rnnkit.config.unused import Unused
from rnnkit.data.encode.digits import significant_digits
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.errors import at
from rnnkit.platform.shell import quote
from rnnkit.run import RunFolder
from rnnkit.tasks.basis import HELD_OUT, LOSS
from rnnkit.tasks.forecasting.baselines import autoregression
from rnnkit.tasks.forecasting.data import (
    SeriesPart,
    divide,
    fitted_codec,
    refitted_codec,
    require_same_columns,
    require_season,
    window_shape,
    windows_of_parts,
)
from rnnkit.tasks.forecasting.evaluation import ForecastingEvaluator
from rnnkit.tasks.forecasting.network import ForecastingNetwork, resolve_layers
from rnnkit.tasks.forecasting.notes import (
    constant_columns,
    describe,
    lost_changes,
    rescaled,
)
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor
from rnnkit.tasks.forecasting.sections import (
    ForecastingData,
    ForecastingSettings,
    check_sections,
)
from rnnkit.tasks.metrics import FURTHER, Metrics
from rnnkit.tasks.network import Outputs
from rnnkit.tasks.prepared import Prepared, Source
from rnnkit.tasks.task import RecurrentModel, Task
from rnnkit.tasks.unused import ONE_WIDTH

SHOWN_NUMBERS = 8


class Forecasting(Task[SeriesCodec, SeriesPart, ForecastingPredictor]):
    """The next `horizon` numbers of a series, from the `timesteps` before them."""

    task: ForecastingSettings
    data: ForecastingData
    model: RecurrentModel
    metrics: Metrics = FURTHER

    monitored: ClassVar[tuple[str, ...]] = ("loss", "mae", "rmse")

    @model_validator(mode="after")
    def _check(self) -> Self:
        mistakes = check_sections(self.task, self.data, self.model)
        mistakes.check_shapes(lambda: self.lists_of_layers()["model"])
        mistakes.check_metrics_of_numbers(self.metrics)
        mistakes.check_training(self.train, self.monitored, has_ceiling=self.has_ceiling)
        mistakes.report()
        return self

    def lists_of_layers(self) -> dict[str, Architecture]:
        return {"model": resolve_layers(self.task, self.model, 1, 1)}

    def unused(self) -> Iterator[Unused]:
        yield from super().unused()
        yield ONE_WIDTH

    def prepare(
        self, source: Source, codec: SeriesCodec | None = None
    ) -> Prepared[SeriesCodec, SeriesPart]:
        dataset, horizon = self.data.dataset, self.task.horizon
        series = dataset.sample() if source.sample else dataset.load()
        bounds = divide(series, self.data.split, self.task)
        start = codec if source.refit else None
        if not source.sample:
            require_season(self.task.season, max(len(steps) for steps in bounds["train"]))
        training = series.within(bounds["train"])
        is_new = codec is None or source.refit
        if codec is None:
            codec = fitted_codec(training, self.data, self.task.season)
        elif source.refit:
            codec = refitted_codec(codec, training, self.data, self.task.season)
        else:
            require_same_columns(codec, series)
        shape = window_shape(self.task, self.data, codec)
        with at("data.dataset"):
            values = codec.encoded(series)
        parts = windows_of_parts(series, values, bounds, shape, horizon)
        if source.file is not None:
            with at(source.place):
                further = dataset.read_further(source.file, codec.step)
                values, whole = codec.encoded(further), {"data": further.spans}
                parts |= windows_of_parts(further, values, whole, shape, horizon)
        notes = describe(codec, parts)
        if is_new:
            notes += constant_columns(parts["train"]) + lost_changes(codec, parts["train"])
        if start is not None:
            notes += rescaled(start, codec)
        return Prepared(codec, parts, self.train.rows, notes, source=source)

    def load_codec(self, run: RunFolder) -> SeriesCodec:
        return SeriesCodec.load(run)

    def network(self, codec: SeriesCodec) -> ForecastingNetwork:
        return ForecastingNetwork(self.task, self.model, codec)

    def predictor_class(self) -> type[ForecastingPredictor]:
        return ForecastingPredictor

    def predictor(self, codec: SeriesCodec, outputs: Outputs) -> ForecastingPredictor:
        return ForecastingPredictor(codec, outputs, self.task, self.data)

    def evaluator(
        self, predictor: ForecastingPredictor, data: Prepared[SeriesCodec, SeriesPart]
    ) -> ForecastingEvaluator:
        return ForecastingEvaluator(predictor, data, self.task, self.outside, self.metrics)

    def baselines(self, data: Prepared[SeriesCodec, SeriesPart]) -> list[Computation]:
        computation = autoregression(data.parts["train"])
        return [] if computation is None else [computation]

    def audit(self, data: Prepared[SeriesCodec, SeriesPart], parameters: int) -> Audit:
        from rnnkit.tasks.forecasting.audit import audit

        return audit(self.task, self.data, data, parameters)

    def basis(self, metric: str) -> dict[str, object]:
        settings, data = self.task, self.data
        # the first windows of a part reach back into the one before, but not beyond their series
        is_bounded = data.split.by == "series" or data.dataset.has_several
        before = settings.timesteps if is_bounded else 0
        steps = (settings.horizon, settings.steps_at_once, data.lag(settings.season), before)
        losses = {LOSS: (settings.loss, settings.levels)} if metric == "loss" else {}
        return {HELD_OUT: data, "the steps that are forecast": steps, **losses}

    def beside_training(self) -> Collection[str]:
        is_learned = self.data.transform != "none" and self.data.change_from == "season"
        return () if is_learned else (f"task.{self.name()}.season",)

    @property
    def judged_by(self) -> tuple[str, ...]:
        return ("accuracy", "mae", "mase")

    def sample(
        self, predictor: ForecastingPredictor, data: Prepared[SeriesCodec, SeriesPart]
    ) -> str:
        train, first = data.parts["train"], data.parts["train"].origins[:1]
        observed = data.codec.observed(train.series)[: first[0], 0]
        seen = observed[-min(self.task.timesteps, SHOWN_NUMBERS) :]
        (forecast,) = predictor.forecast_windows(
            predictor.outputs, train.values, first, self.task.horizon
        )
        ahead = forecast[:, 0, self.task.levels.index(0.5)]
        digits = max(4, significant_digits(observed))
        return f"after {_numbers_text(seen, digits)}: {_numbers_text(ahead, digits)}"

    def next_command(self, run: RunFolder, data: Prepared[SeriesCodec, SeriesPart]) -> str:
        name, series = quote(str(run)), data.parts["train"].series
        if series.times is not None or not data.codec.is_plain or data.codec.outputs > 1:
            return f"rnnkit forecast {name} --horizon {self.task.horizon}"
        columns = [values[: self.task.timesteps] for values in series.columns.values()]
        window = np.stack(columns, axis=1)
        return f"rnnkit predict {name} --text '{_numbers_text(window.ravel())}'"


def _numbers_text(numbers: np.ndarray, digits: int = 15) -> str:
    return " ".join(f"{number:.{digits}g}" for number in numbers)
