"""Forecasting: the next numbers of a series, from a window of numbers (many to one)."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.architecture import Architecture, resolve
from rnnkit.backend import Objective
from rnnkit.baselines.series import LinearAutoregression, last_value, mean_value, seasonal_naive
from rnnkit.config.spec import Component, Spec, mistake, mistakes_at
from rnnkit.data.batch.series import SeriesWindows, WindowShape
from rnnkit.data.dataset import SeriesDataset
from rnnkit.data.encode.series import SeriesCodec, Transform
from rnnkit.data.raw.series import Series
from rnnkit.data.raw.split import Split
from rnnkit.data.read.clock import shown_time
from rnnkit.data.read.series import present
from rnnkit.errors import RnnkitError, at
from rnnkit.metrics.regression import chance_of_advantage, coverage, mae, naive_error, rmse, smape
from rnnkit.models.layers.dense import Dense
from rnnkit.registry import name_of
from rnnkit.run import RunFolder
from rnnkit.tasks.task import (
    Evaluation,
    Outputs,
    RecurrentModel,
    Score,
    Table,
    Task,
    shape_mistakes,
)

ANSWERED_AT_ONCE = 1024
SHOWN_NUMBERS = 8
SIGNIFICANT = 0.05
WIDEST_LINEAR = 4096  # numbers of a window, with which a linear autoregression is still quick

Quantile = Annotated[float, Field(gt=0, lt=1)]
Answers = Callable[[np.ndarray], np.ndarray]
"""(rows, timesteps, features) to (rows, horizon x targets x quantiles), by the network or by a
baseline.
"""


class ForecastingSettings(Spec):
    """What is forecast from what."""

    timesteps: int = Field(ge=1, le=1_000_000, description="how many steps the model sees")
    horizon: int = Field(1, ge=1, le=100_000, description="how many steps ahead it forecasts")
    method: Literal["direct", "recursive"] = Field(
        "direct",
        description="direct: all steps at once; recursive: one step, from its own forecasts on",
    )
    loss: Literal["mse", "mae", "quantile"] = Field(
        "mse", description="mse forecasts the mean, mae the median, quantile an interval too"
    )
    quantiles: list[Quantile] = Field(
        [0.1, 0.5, 0.9], description="with `loss: quantile`; ascending, 0.5 among them"
    )
    season: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description=(
            "steps of a season, for the seasonal naive and MASE; by the timestamps where unset"
        ),
    )


class ForecastingData(Spec):
    """The `data:` section."""

    dataset: Annotated[SeriesDataset, Component("dataset")]
    scale: Literal["standard", "none"] = Field(
        "standard",
        description="mean 0 and deviation 1 on the training part, or numbers as they are",
    )
    transform: Transform = Field(
        "none",
        description=(
            "what of a target is seen and forecast: its value; difference, its change; return, of"
            " its logarithm"
        ),
    )
    change_from: Literal["last", "season"] = Field(
        "last",
        description=(
            "since when: the last value seen; or the same step of the last season seen, of `season`"
            " steps"
        ),
    )
    split: Split = Split()


@dataclass
class SeriesData:
    """A series in windows.

    Args:
        codec: The series' units to the network's numbers and back.
        series: The whole of it, as it was read.
        steps: How many of its steps each part has.
        parts: The windows of each part, and those of a further file.
        notes: What the training part does not have.
    """

    codec: SeriesCodec
    series: Series
    steps: dict[str, int]
    parts: dict[str, SeriesWindows]
    notes: list[str]

    @property
    def train(self) -> SeriesWindows:
        return self.parts["train"]

    @property
    def validation(self) -> SeriesWindows | None:
        return self.parts.get("validation")

    @property
    def fingerprint(self) -> str:
        arrays = [
            array
            for part in sorted(self.steps)
            for array in (self.parts[part].values, self.parts[part].origins)
        ]
        return hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()

    def describe(self) -> list[str]:
        shape = self.train.shape
        lines = [
            ", ".join(
                f"{part} {steps:,} steps in {len(self.parts[part]):,} windows of {shape.timesteps}"
                for part, steps in self.steps.items()
            )
        ]
        if "data" in self.parts:
            lines.append(f"data {len(self.parts['data']):,} windows")
        if self.series.times is not None:
            step = f", a step of {self.series.step}" if self.series.step else ""
            lines.append(
                f"from {shown_time(self.series.times[0])} to"
                f" {shown_time(self.series.times[len(self.series) - 1])}{step}"
            )
        if len(self.codec.names) > 1:
            known = [
                name
                for name, is_known in zip(self.codec.names, self.codec.is_known, strict=True)
                if is_known
            ]
            lines.append(f"{len(self.codec.names)} features: {', '.join(self.codec.names)}")
            lines += [f"known in advance: {', '.join(known)}"] if known else []
        return [*lines, *self.series.notes, *self.notes]

    def save(self, run: RunFolder) -> None:
        self.codec.save(run.scaler)


@dataclass(frozen=True)
class Forecast:
    """One number ahead."""

    step: int
    forecast: float


@dataclass(frozen=True)
class IntervalForecast(Forecast):
    """One number ahead, and the interval of the outermost quantiles."""

    lower: float
    upper: float


@dataclass(frozen=True)
class Ahead:
    """What comes after the end of a series.

    Args:
        names: The targets; that of a category as `column=category`.
        times: (steps,) datetime64[s]; None where they are not known.
        values: (steps, targets, quantiles) in the series' own units.
        quantiles: Of the last axis; (0.5,) for a forecast without interval.
    """

    names: tuple[str, ...]
    times: np.ndarray | None
    values: np.ndarray
    quantiles: tuple[float, ...]

    @property
    def points(self) -> np.ndarray:
        """(steps, targets)."""
        return self.values[..., self.quantiles.index(0.5)]


class Forecasting(Task):
    """The next `horizon` numbers of a series, from the `timesteps` before them."""

    task: ForecastingSettings
    data: ForecastingData
    model: RecurrentModel

    metrics: ClassVar[tuple[str, ...]] = ("loss", "mae", "rmse")
    reads_series: ClassVar[bool] = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        settings, dataset = self.task, self.data.dataset
        problems = (
            shape_mistakes(lambda: self._resolve(features=1, targets=1)) + self.monitor_mistakes()
        )
        if name_of("input", type(self.model.embedding)) != "none":
            problems.append(
                (
                    ("model", "embedding"),
                    mistake("found tokens' vectors", "Expected none: a series is numbers already"),
                )
            )
        if self.data.split.validation + self.data.split.test >= 1:
            problems.append(
                (
                    ("data", "split"),
                    mistake(
                        "validation and test take everything",
                        "Expected shares that leave numbers to train on",
                    ),
                )
            )
        if settings.quantiles != sorted(set(settings.quantiles)) or 0.5 not in settings.quantiles:
            problem = mistake(
                f"found {settings.quantiles}",
                "Expected ascending shares with 0.5 among them, such as [0.1, 0.5, 0.9]",
            )
            problems.append((("task", "quantiles"), problem))
        if settings.method == "recursive" and settings.loss == "quantile":
            problem = mistake(
                "recursive, with quantiles",
                "The interval of one step says nothing of later ones",
                "Write `method: direct`",
            )
            problems.append((("task", "method"), problem))
        if settings.method == "recursive" and dataset.unknown_columns:
            got = (
                f"recursive, but the future of {dataset.unknown_columns[0]!r} is neither forecast"
                " nor known"
            )
            problem = mistake(
                got,
                "Expected each column among the targets or in `known`",
                "Write `method: direct`",
            )
            problems.append((("task", "method"), problem))
        if self.data.transform != "none" and dataset.has_choices:
            problems.append(
                (
                    ("data", "transform"),
                    mistake(
                        f"found {self.data.transform!r}",
                        "Expected none: categories have no differences",
                    ),
                )
            )
        if (
            self.data.change_from == "season"
            and not 1 < (settings.season or 0) <= settings.timesteps
        ):
            problem = mistake(
                f"season, and task.forecasting.season is {settings.season or 'unset'}",
                "Expected one from 2 to timesteps",
            )
            problems.append((("data", "change_from"), problem))
        if problems:
            raise mistakes_at(problems)
        return self

    @property
    def quantiles(self) -> tuple[float, ...]:
        """What the model answers of each number; (0.5,) stands for a forecast without interval."""
        return tuple(self.task.quantiles) if self.task.loss == "quantile" else (0.5,)

    @property
    def _lag(self) -> int:
        """Steps since which changes are forecast; 0 for values."""
        return (
            0
            if self.data.transform == "none"
            else 1
            if self.data.change_from == "last"
            else self.task.season or 1
        )

    @property
    def _at_once(self) -> int:
        """Steps that the network itself forecasts."""
        return 1 if self.task.method == "recursive" else self.task.horizon

    def _shape(self, codec: SeriesCodec) -> WindowShape:
        return WindowShape(
            self.task.timesteps, self._at_once, codec.outputs, codec.is_known, self._lag
        )

    # Data.

    def load_data(
        self, *, sample: bool = False, codec: SeriesCodec | None = None, file: str | None = None
    ) -> SeriesData:
        dataset, split = self.data.dataset, self.data.split
        series = dataset.sample() if sample else dataset.load()
        ends = [
            round(len(series) * share)
            for share in (1 - split.validation - split.test, 1 - split.test, 1)
        ]
        shares = {"train": 1.0, "validation": split.validation, "test": split.test}
        bounds = {
            part: (first, end)
            for part, first, end in zip(shares, [0, *ends], ends, strict=False)
            if shares[part]
        }
        steps = {part: end - first for part, (first, end) in bounds.items()}
        self._require_steps(steps)
        notes: list[str] = []
        if codec is None:
            standard = self.data.scale == "standard"
            codec = SeriesCodec.fit(
                series,
                steps["train"],
                standard=standard,
                transform=self.data.transform,
                lag=self._lag,
            )
            notes += _constant_columns(series, steps["train"])
        # another run's
        elif codec.targets != series.targets or codec.columns.keys() != series.columns.keys():
            got = (
                f"the run forecasts {', '.join(codec.targets)} from {', '.join(codec.columns)}, the"
                f" config {', '.join(series.targets)} from"
            )
            raise RnnkitError(
                "data.dataset",
                f"{got} {', '.join(series.columns)}",
                "Expected the same columns: their scale is taken over",
            )
        with at("data.dataset"):
            values = codec.encoded(series)
        parts = {
            part: self._windows(codec, values, series.filled, first, end, part, notes)
            for part, (first, end) in bounds.items()
        }
        if file is not None:
            with at("--data"):
                further = dataset.read(file)
                further_values = codec.encoded(further)
            notes += further.notes
            parts["data"] = self._windows(
                codec,
                further_values,
                further.filled,
                0,
                len(further),
                file,
                notes,
            )
        return SeriesData(codec, series, steps, parts, notes)

    def _require_steps(self, steps: dict[str, int]) -> None:
        timesteps, horizon = self.task.timesteps, self.task.horizon
        for part, found in steps.items():
            if found < horizon + (timesteps if part == "train" else 0):
                raise RnnkitError(
                    "task.forecasting.timesteps" if part == "train" else "task.forecasting.horizon",
                    f"{timesteps} steps and {horizon} ahead, but the {part} part has {found} steps",
                    "Expected a shorter window or horizon, a longer series or another data.split",
                )

    def _windows(
        self,
        codec: SeriesCodec,
        values: np.ndarray,
        filled: np.ndarray,
        first: int,
        end: int,
        part: str,
        notes: list[str],
    ) -> SeriesWindows:
        """Every window whose steps to forecast lie within a part; the steps before them may lie in
        the part before.
        """
        origins = np.arange(max(first, self.task.timesteps), end - self.task.horizon + 1)
        holes = np.append(0, np.cumsum(filled))
        real = origins[holes[origins + self.task.horizon] == holes[origins]]
        if len(real) < len(origins):
            notes.append(
                f"{part}: {len(origins) - len(real):,} windows would forecast a number that was"
                " filled, and are left out"
            )
        if not len(real):
            got = (
                f"no window of {self.task.timesteps} steps and {self.task.horizon} real ones ahead"
                f" in the {end - first:,} steps of {part}"
            )
            raise RnnkitError(
                "task.forecasting.timesteps", got, "Expected a longer series, with fewer gaps"
            )
        return SeriesWindows(values, real, self._shape(codec), self.train.batch_size)

    def load_codec(self, run: RunFolder) -> SeriesCodec:
        return SeriesCodec.load(run.scaler)

    # Model.

    def architecture(self, codec: SeriesCodec) -> Architecture:
        return self._resolve(len(codec.names), codec.outputs)

    def _resolve(self, features: int, targets: int) -> Architecture:
        return resolve(
            "forecasting",
            self.model.embedding,
            self.model.layers,
            {"forecast": Dense(units=self._at_once * targets * len(self.quantiles))},
            timesteps=self.task.timesteps,
            features=features,
            sequence_output=False,
        )

    def objective(self, codec: SeriesCodec) -> Objective:
        from keras import ops

        form, middle = (
            (
                -1,
                self._at_once,
                codec.outputs,
                len(self.quantiles),
            ),
            self.quantiles.index(0.5),
        )
        above = np.array(self.quantiles, np.float32)

        def sums(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
            # (rows, horizon, targets, quantiles)
            errors = ops.expand_dims(targets, -1) - ops.reshape(outputs, form)
            absolute = ops.mean(ops.abs(errors[..., middle]), axis=(1, 2))
            squared = ops.mean(ops.square(errors[..., middle]), axis=(1, 2))
            pinball = ops.mean(ops.maximum(above * errors, (above - 1) * errors), axis=(1, 2, 3))
            losses = {"mse": squared, "mae": absolute, "quantile": pinball}[self.task.loss]
            return {
                "loss": ops.sum(losses * weights),
                "absolute": ops.sum(absolute * weights),
                "squared": ops.sum(squared * weights),
                "weight": ops.sum(weights),
            }

        return sums

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        weight = sums["weight"]
        return {
            "loss": sums["loss"] / weight,
            "mae": sums["absolute"] / weight,
            "rmse": (sums["squared"] / weight) ** 0.5,
        }

    # Forecasts.

    def _forecasts(
        self,
        answers: Answers,
        codec: SeriesCodec,
        values: np.ndarray,
        origins: np.ndarray,
        horizon: int,
    ) -> np.ndarray:
        """Forecasts from each origin, (rows, horizon, targets, quantiles), in the series' own
        units.
        """
        shape = self._shape(codec)
        made = []
        for start in range(0, len(origins), ANSWERED_AT_ONCE):
            tape = shape.tape(values, origins[start : start + ANSWERED_AT_ONCE], horizon)
            made.append(_along(answers, shape, tape))
        with np.errstate(over="ignore"):  # of a model that has diverged
            return np.moveaxis(codec.decoded(np.moveaxis(np.concatenate(made), 3, 2)), 2, 3)

    def ahead(
        self,
        codec: SeriesCodec,
        outputs: Outputs,
        series: Series,
        horizon: int | None,
        where: str,
        say: Callable[[str], None],
    ) -> Ahead:
        """What comes after the end of a series.

        Args:
            codec: The run's codec.
            outputs: The model's answers.
            series: With the codec's columns.
            horizon: How many steps; the run's own where None.
            where: How messages call the series.
            say: Called with lines about the series.

        Raises:
            RnnkitError: If the model cannot see so far, the series is shorter than the window, or
                what should be known in advance is not.
        """
        steps, timesteps = horizon or self.task.horizon, self.task.timesteps
        if self.task.method == "direct" and steps > self.task.horizon:
            hint = "Train one with `method: recursive`, or with a longer horizon"
            raise RnnkitError(
                "--horizon",
                f"{steps}, but this run forecasts {self.task.horizon} steps, all at once",
                "",
                hint,
            )
        if len(series) < timesteps:
            raise RnnkitError(
                where,
                f"{len(series):,} steps",
                f"Expected at least {timesteps:,}, which the model sees",
            )
        needed = max(steps, self._at_once)
        self._require_future(series, needed, where)
        longer = series.extended(needed)
        origin = np.array([len(series)])
        with at(where):
            encoded = codec.encoded(longer)
        values = self._forecasts(outputs, codec, encoded, origin, needed)[0, :steps]
        times = (
            None
            if longer.times is None or series.step is None
            else longer.times[len(series) : len(series) + steps]
        )
        return Ahead(codec.names[: codec.outputs], times, values, self.quantiles)

    @staticmethod
    def _require_future(series: Series, steps: int, where: str) -> None:
        if series.cycles and series.step is None and series.future < steps:
            raise RnnkitError(
                where,
                "no equal steps, so that the calendar of the next ones is not known",
                "",
                "Add rows without a target",
            )
        for name in series.known:
            given = present(series.columns[name][len(series) : len(series) + steps])
            if len(given) < steps or not given.all():
                known = len(given) if given.all() else int(given.argmin())
                hint = (
                    f"Add rows at the end with {', '.join(series.known)}, and nothing under"
                    f" {', '.join(series.targets)}"
                )
                raise RnnkitError(
                    where,
                    f"{name} is known for {known} steps ahead",
                    f"Expected the next {steps}: it is known in advance",
                    hint,
                )

    def one_step(
        self,
        codec: SeriesCodec,
        outputs: Outputs,
        series: Series,
        where: str,
        say: Callable[[str], None],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Each step with what was forecast of it from those before.

        Returns:
            The steps that have a forecast, (rows,), and the forecasts, (rows, targets), in the
            series' own units.

        Raises:
            RnnkitError: If the series is too short for any.
        """
        origins = np.arange(self.task.timesteps, len(series) - self._at_once + 1)
        if not len(origins):
            needed = self.task.timesteps + self._at_once
            raise RnnkitError(
                where,
                f"{len(series):,} steps",
                f"Expected at least {needed:,}: what the model sees, and what it forecasts",
            )
        with at(where):
            encoded = codec.encoded(series)
        made = self._forecasts(outputs, codec, encoded, origins, self._at_once)
        return origins, made[:, 0, :, self.quantiles.index(0.5)]

    # Scores.

    def evaluate(
        self,
        outputs: Outputs,
        data: SeriesData,
        parts: Iterable[str],
        *,
        errors: int = 0,
        say: Callable[[str], None] = lambda line: None,
    ) -> list[Evaluation]:
        codec, train = data.codec, data.train
        linear = None
        if self.task.timesteps * len(codec.names) <= WIDEST_LINEAR:
            linear = LinearAutoregression(
                (batch.inputs, batch.targets) for batch in train.pieces(ANSWERED_AT_ONCE)
            )
        season = self.task.season or (data.series.step.season if data.series.step else 1)
        trained_on = codec.decoded(train.values[: data.steps["train"], : codec.outputs])
        real = ~data.series.filled[: len(trained_on)]
        naive = [
            naive_error(trained_on[:, target], season, real) for target in range(codec.outputs)
        ]
        return [self._evaluate_part(outputs, linear, data, part, season, naive) for part in parts]

    def _evaluate_part(
        self,
        outputs: Outputs,
        linear: LinearAutoregression | None,
        data: SeriesData,
        part: str,
        season: int,
        naive: Sequence[float],
    ) -> Evaluation:
        codec, horizon = data.codec, self.task.horizon
        values, origins = data.parts[part].values, data.parts[part].origins
        own = codec.decoded(values[:, : codec.outputs])
        targets = own[origins[:, None] + np.arange(horizon)]
        made = self._forecasts(outputs, codec, values, origins, horizon)
        forecasts = {
            "this run": made[..., self.quantiles.index(0.5)],
            "last value": last_value(own, origins, horizon),
        }
        if season > 1 and origins[0] >= season:
            forecasts[f"seasonal naive ({season})"] = seasonal_naive(own, origins, horizon, season)
        forecasts["mean of the window"] = mean_value(own, origins, horizon, self.task.timesteps)
        if linear is not None:
            forecasts["linear autoregression"] = self._forecasts(
                linear, codec, values, origins, horizon
            )[..., 0]
        scores = {
            who: self._scores(codec, found, targets, naive) for who, found in forecasts.items()
        }
        sizes = codec.scaler.scale[: codec.outputs]
        losses = {
            who: np.abs((found - targets) / sizes).mean(axis=(1, 2))
            for who, found in forecasts.items()
        }
        rows = [
            Score(
                who,
                scores[who],
                "" if who == "this run" else _beside(losses["this run"], found, horizon),
            )
            for who, found in losses.items()
        ]
        if len(self.quantiles) > 1:
            rows[0].scores["coverage"] = coverage(made[..., 0], made[..., -1], targets)
        tables = []
        if codec.outputs > 1 and codec.choices is None:
            for index, name in enumerate(codec.names[: codec.outputs]):
                each = {
                    who: _scores(found[..., index], targets[..., index], naive[index])
                    for who, found in forecasts.items()
                }
                tables.append(
                    Table(
                        name,
                        ["", *each["this run"]],
                        [[who, *found.values()] for who, found in each.items()],
                    )
                )
        notes = self._notes(part, data.parts[part])
        if season > origins[0] and season > 1:
            notes.append(f"no seasonal naive: the first origin has no {season} steps before it")
        return Evaluation(part, rows, notes, tables)

    @staticmethod
    def _scores(
        codec: SeriesCodec, forecasts: np.ndarray, targets: np.ndarray, naive: Sequence[float]
    ) -> dict[str, float]:
        if codec.choices is not None:
            right = forecasts.argmax(axis=-1) == targets.argmax(axis=-1)
            return {
                "accuracy": float(right.mean()),
                "mae": mae(forecasts, targets),
                "rmse": rmse(forecasts, targets),
            }
        each = [
            _scores(forecasts[..., index], targets[..., index], naive[index])
            for index in range(codec.outputs)
        ]
        if codec.outputs == 1:
            return each[0]
        # Of several targets, in several units, only a score without a unit has a mean.
        return {
            name: float(np.mean([scores[name] for scores in each]))
            for name in ("mase", "smape")
            if all(name in scores for scores in each)
        }

    def _notes(self, part: str, windows: SeriesWindows) -> list[str]:
        notes = ["training error: the model has seen these very numbers"] if part == "train" else []
        notes.append(
            f"{len(windows):,} origins, each forecast from the {self.task.timesteps} steps"
            " before it"
        )
        if self.task.loss == "quantile":
            share = self.quantiles[-1] - self.quantiles[0]
            notes.append(
                f"the interval from {self.quantiles[0]:g} to {self.quantiles[-1]:g} should cover"
                f" {share:.0%}"
            )
        return notes

    # Answers.

    def answer(
        self,
        codec: SeriesCodec,
        outputs: Outputs,
        text: str,
        *,
        top: int,
        where: str,
        warn: Callable[[str], None],
    ) -> list[Forecast]:
        if not codec.is_plain or codec.outputs > 1:
            columns = [*codec.columns, *(f"the calendar ({cycle})" for cycle in codec.cycles)]
            raise RnnkitError(
                where,
                "numbers alone",
                f"Expected a table with {', '.join(columns)}",
                "Use --input FILE",
            )
        features, timesteps = len(codec.names), self.task.timesteps
        try:
            numbers = np.array([float(word) for word in text.replace(",", " ").split()])
        except ValueError as error:
            raise RnnkitError(where, str(error), "Expected numbers, such as '0.1 0.2'") from None
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused as infinite
            finite = np.isfinite(numbers.astype(np.float32)).all()
        if len(numbers) < timesteps * features or len(numbers) % features or not finite:
            expected = (
                f"Expected at least {timesteps * features} finite ones: {timesteps} steps of"
                f" {features}"
            )
            raise RnnkitError(where, f"{len(numbers)} numbers", expected)
        window = numbers.reshape(-1, features)[-timesteps:]
        series = Series(
            codec.targets, {name: window[:, index] for index, name in enumerate(codec.columns)}
        )
        found = self.ahead(codec, outputs, series, None, where, warn)
        rows = zip(found.points[:, 0].tolist(), found.values[:, 0].tolist(), strict=True)
        if len(self.quantiles) == 1:
            return [Forecast(step, point) for step, (point, _) in enumerate(rows, start=1)]
        return [
            IntervalForecast(step, point, values[0], values[-1])
            for step, (point, values) in enumerate(rows, start=1)
        ]

    def sample(self, outputs: Outputs, data: SeriesData) -> str:
        windows, first = data.train, data.train.origins[:1]
        seen = data.codec.decoded(windows.values[: first[0], : data.codec.outputs])[
            -min(self.task.timesteps, SHOWN_NUMBERS) :, 0
        ]
        made = self._forecasts(outputs, data.codec, windows.values, first, self.task.horizon)[
            0, :, 0, self.quantiles.index(0.5)
        ]
        return f"after {_shown(seen)}: {_shown(made)}"

    def next_command(self, run: RunFolder, data: SeriesData) -> str:
        name = shlex.quote(str(run))
        if data.series.times is not None or not data.codec.is_plain or data.codec.outputs > 1:
            return f"rnnkit predict {name} --horizon {self.task.horizon}"
        window = np.stack(
            [values[: self.task.timesteps] for values in data.series.columns.values()], axis=1
        )
        return f"rnnkit predict {name} --text '{_shown(window.ravel(), 6)}'"


def _along(answers: Answers, shape: WindowShape, tape: np.ndarray) -> np.ndarray:
    """Scaled forecasts of the steps of a tape after its window, (rows, steps, targets, quantiles).

    A model that forecasts fewer steps at once than there are reads its own forecasts as the past of
    the next.
    """
    made = []
    for step in range(0, tape.shape[1] - shape.timesteps, shape.horizon):
        stretch = tape[:, step : step + shape.timesteps + shape.horizon]
        said = answers(shape.inputs(stretch)).reshape(len(tape), shape.horizon, shape.targets, -1)
        # Quantiles must not cross: in ascending order they are nearer to the true ones
        # (Chernozhukov et al. 2010).
        made.append(
            np.sort(said, axis=-1) + np.expand_dims(shape.base(stretch)[:, shape.timesteps :], -1)
        )
        # a view of the tape, which is a copy of the series
        stretch[:, shape.timesteps :, : shape.targets] = made[-1][..., 0]
    return np.concatenate(made, axis=1)


def _scores(forecasts: np.ndarray, targets: np.ndarray, naive: float) -> dict[str, float]:
    """The scores of one target; without MASE where the training part does not change."""
    scores = {
        "mae": mae(forecasts, targets),
        "rmse": rmse(forecasts, targets),
        "smape": smape(forecasts, targets),
    }
    return scores | ({"mase": scores["mae"] / naive} if naive > 0 else {})


def _beside(own: np.ndarray, other: np.ndarray, horizon: int) -> str:
    """In words, whether a run's absolute errors are smaller than those of a simpler method."""
    if own.mean() >= other.mean():
        return "this run does not beat it"
    chance = chance_of_advantage(own, other, horizon)
    return (
        f"this run beats it by no more than chance may (p {chance:.2f})"
        if chance > SIGNIFICANT
        else ""
    )


def _constant_columns(series: Series, steps: int) -> list[str]:
    return [
        f"{name}: {values[0]} at each of the {steps:,} steps of the training part: nothing can be"
        " learnt from it"
        for name, values in series.columns.items()
        if (values[:steps] == values[0]).all()
    ]


def _shown(numbers: np.ndarray, digits: int = 4) -> str:
    return " ".join(f"{number:.{digits}g}" for number in numbers)
