"""The scores of a forecaster, compared with simple forecasts."""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.baselines.series import LinearAutoregression, last_value, mean_value, seasonal_naive
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.metrics.metric import MetricSpec, further_scores
from rnnkit.metrics.regression import coverage, mae, naive_error, rmse
from rnnkit.metrics.row_scores import RowScores
from rnnkit.quantities import counted, percent
from rnnkit.tasks.evaluation import OWN, Cell, Evaluation, Evaluator, Outside, Score, Table
from rnnkit.tasks.forecasting.baselines import autoregression
from rnnkit.tasks.forecasting.charts import last_forecasts, worst_forecasts
from rnnkit.tasks.forecasting.data import SeriesPart, least_steps_before
from rnnkit.tasks.forecasting.predictor import ForecastingPredictor
from rnnkit.tasks.forecasting.rows import category_rows, row_scores
from rnnkit.tasks.forecasting.scores import Scales, compared, target_scores
from rnnkit.tasks.forecasting.sections import ForecastingSettings
from rnnkit.tasks.prepared import Prepared

if TYPE_CHECKING:
    from rnnkit.report.exhibits import Exhibit

SHOWN_SERIES = 20


class ForecastingEvaluator(Evaluator):
    """Forecasts from every origin of a part (rolling origin), each a whole horizon.

    Args:
        predictor: The model.
        data: The parts to score; baselines are fitted on the training set.
        settings: Window, horizon, season and quantiles.
        outside: Scores from outside the run.
        metrics: Further metrics.
    """

    def __init__(
        self,
        predictor: ForecastingPredictor,
        data: Prepared[SeriesCodec, SeriesPart],
        settings: ForecastingSettings,
        outside: Outside,
        metrics: Sequence[MetricSpec] = (),
    ):
        self._predictor, self._data = predictor, data
        self._settings, self._outside, self._metrics = settings, outside, metrics
        self._forecast: dict[str, np.ndarray] = {}
        step = data.parts["train"].series.step
        self._season = settings.season or (step.season if step else 1)

    @cached_property
    def _linear(self) -> LinearAutoregression | None:
        computation = autoregression(self._data.parts["train"])
        if computation is None:
            return None
        return LinearAutoregression(self._data.computed.result(computation)["weights"])

    @cached_property
    def _naive_errors(self) -> dict[str, list[float]]:
        """The scales of MASE, one for each target, by the name of the series."""
        codec, train = self._data.codec, self._data.parts["train"]
        observed = codec.observed(train.series)
        errors = {}
        for member, span in zip(train.series.each, train.spans, strict=True):
            steps = slice(span.start, span.stop)
            is_real = ~train.series.filled[steps]
            errors[member.name] = [
                naive_error(observed[steps, target], self._season, is_real)
                for target in range(codec.outputs)
            ]
        return errors

    def _scales(self, part: SeriesPart) -> Scales:
        """The scales of MASE for the windows of a part."""
        unknown = [float("nan")] * self._data.codec.outputs
        errors = [self._naive_errors.get(name, unknown) for name in part.series.names]
        return Scales(np.array(errors), part.members)

    def row_scores(self, part: str) -> list[RowScores]:
        windows, codec = self._data.parts[part], self._data.codec
        targets, points = self._targets(windows), self._forecasts(part)[..., self._middle]
        if codec.choices is not None:
            return category_rows(points, targets, codec.names)
        return row_scores(points, targets, self._scales(windows), codec.names)

    @property
    def _middle(self) -> int:
        return self._settings.levels.index(0.5)

    def _targets(self, windows: SeriesPart) -> np.ndarray:
        """The true values, (windows, horizon, targets), in their own units."""
        observed = self._data.codec.observed(windows.series)
        return observed[windows.origins[:, None] + np.arange(self._settings.horizon)]

    def _forecasts(self, part: str) -> np.ndarray:
        """The run's forecasts, (windows, horizon, targets, quantiles), computed once."""
        if part not in self._forecast:
            windows, model = self._data.parts[part], self._predictor.outputs
            self._forecast[part] = self._predictor.forecast_windows(
                model, windows.values, windows.origins, self._settings.horizon
            )
        return self._forecast[part]

    def evaluate(self, part: str, errors: int = 0) -> Evaluation:
        windows, codec = self._data.parts[part], self._data.codec
        observed, targets = codec.observed(windows.series), self._targets(windows)
        quantiles = self._forecasts(part)
        forecasts = {OWN: quantiles[..., self._middle]}
        forecasts |= self._baselines(windows, observed)
        scales = self._scales(windows)
        rows = self._rows(forecasts, targets, scales)
        if len(self._settings.levels) > 1:
            rows[0].scores["coverage"] = coverage(quantiles[..., 0], quantiles[..., -1], targets)
        rows += self._outside.rows(part, rows[0].scores)
        has_tables = codec.outputs > 1 and codec.choices is None
        tables = self._tables(forecasts, targets, scales) if has_tables else []
        has_several_windows = len(windows) > len(np.unique(windows.members))
        if windows.series.members and codec.choices is None and has_several_windows:
            tables.append(self._series_table(forecasts[OWN], targets, scales, windows))
        return Evaluation(part, rows, self._notes(part, windows, rows[0].scores), tables)

    def exhibits(self, part: str) -> list[Exhibit]:
        windows, settings = self._data.parts[part], self._settings
        if self._data.codec.choices is not None:
            return []
        return [last_forecasts(windows, self._data.codec, self._forecasts(part), settings.levels)]

    def worst(self, part: str) -> list[Exhibit]:
        windows, codec = self._data.parts[part], self._data.codec
        if codec.choices is not None:
            return []
        return [worst_forecasts(windows, codec, self._forecasts(part), self._settings.levels)]

    def _baselines(self, windows: SeriesPart, observed: np.ndarray) -> dict[str, np.ndarray]:
        """The forecasts of simple methods by name, (windows, horizon, targets) each."""
        settings, origins, season = self._settings, windows.origins, self._season
        forecasts = {"last value": last_value(observed, origins, settings.horizon)}
        if season > 1 and least_steps_before(windows) >= season:
            naive = seasonal_naive(observed, origins, settings.horizon, season)
            forecasts[f"seasonal naive ({season})"] = naive
        mean = mean_value(observed, origins, settings.horizon, settings.timesteps)
        forecasts["mean of the window"] = mean
        if self._linear is not None:
            linear = self._predictor.forecast_windows(
                self._linear, windows.values, origins, settings.horizon
            )
            forecasts["linear autoregression"] = linear[..., 0]
        return forecasts

    def _rows(
        self, forecasts: dict[str, np.ndarray], targets: np.ndarray, scales: Scales
    ) -> list[Score]:
        codec = self._data.codec
        sizes = codec.scaler.scale[: codec.outputs]
        losses = {
            who: np.abs((forecast - targets) / sizes).mean(axis=(1, 2))
            for who, forecast in forecasts.items()
        }
        return [
            Score(
                who,
                self._scores(forecast, targets, scales)
                | further_scores(self._metrics, targets, forecast),
                "" if who == OWN else compared(losses[OWN], losses[who], self._settings.horizon),
            )
            for who, forecast in forecasts.items()
        ]

    def _scores(
        self, forecasts: np.ndarray, targets: np.ndarray, scales: Scales
    ) -> dict[str, float]:
        codec = self._data.codec
        if codec.choices is not None:
            is_right = forecasts.argmax(axis=-1) == targets.argmax(axis=-1)
            return {
                "accuracy": float(is_right.mean()),
                "mae": mae(forecasts, targets),
                "rmse": rmse(forecasts, targets),
            }
        target_rows = [
            target_scores(forecasts[..., index], targets[..., index], scales.of_target(index))
            for index in range(codec.outputs)
        ]
        if codec.outputs == 1:
            (scores,) = target_rows
            return ({"mse": scores["rmse"] ** 2} if self._outside.knows("mse") else {}) | scores
        # the units of targets may differ, so only scores without a unit are averaged
        return {
            name: float(np.mean([scores[name] for scores in target_rows]))
            for name in ("mase", "smape")
            if all(name in scores for scores in target_rows)
        }

    def _tables(
        self, forecasts: dict[str, np.ndarray], targets: np.ndarray, scales: Scales
    ) -> list[Table]:
        """The scores of each target, in its own unit."""
        tables = []
        for index in range(self._data.codec.outputs):
            scores = {
                who: target_scores(
                    forecast[..., index], targets[..., index], scales.of_target(index)
                )
                for who, forecast in forecasts.items()
            }
            name = self._data.codec.names[index]
            rows: list[list[Cell]] = [[who, *numbers.values()] for who, numbers in scores.items()]
            tables.append(Table(name, ["", *scores[OWN]], rows))
        return tables

    def _series_table(
        self, forecasts: np.ndarray, targets: np.ndarray, scales: Scales, part: SeriesPart
    ) -> Table:
        """The scores of this run on each series."""
        rows: list[list[Cell]] = []
        names: list[str] = []
        for index, name in enumerate(part.series.names[:SHOWN_SERIES]):
            of_series = part.members == index
            if of_series.any():
                scale = Scales(scales.errors[index : index + 1], np.zeros(of_series.sum(), int))
                scores = self._scores(forecasts[of_series], targets[of_series], scale)
                names = names or list(scores)
                rows.append([name, *(scores.get(score, float("nan")) for score in names)])
        return Table("each series, this run", ["", *names], rows)

    def _notes(self, part: str, windows: SeriesPart, scores: Container[str]) -> list[str]:
        levels, steps = self._settings.levels, counted(self._settings.timesteps, "step")
        notes = (
            ["training scores: the model has seen these very numbers"] if part == "train" else []
        )
        notes.append(f"{counted(len(windows), 'origin')}, each forecast from the {steps} before it")
        if self._settings.loss == "quantile":
            notes.append(
                f"the interval from {levels[0]:g} to {levels[-1]:g} should cover"
                f" {percent(levels[-1] - levels[0])}"
            )
        if windows.series.members and "mase" in scores:
            notes.append("mase is the mean over the series, each scaled by its own naive error")
        if self._season > least_steps_before(windows) and self._season > 1:
            notes.append(
                f"no seasonal naive: the first origin has fewer than {self._season} steps before it"
            )
        return notes
