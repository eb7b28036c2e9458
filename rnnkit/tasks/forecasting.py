"""Forecasting: the next numbers of a series, from a window of numbers (many to one)."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rnnkit.architecture import Architecture, resolve
from rnnkit.backend import Objective
from rnnkit.baselines.series import last_value, mean_value
from rnnkit.config.spec import Component, Spec, mistake, mistakes_at
from rnnkit.data.batching import SeriesWindows
from rnnkit.data.dataset import SeriesDataset
from rnnkit.data.scaler import Scaler
from rnnkit.data.split import Split
from rnnkit.errors import RnnkitError
from rnnkit.metrics.regression import ForecastError, forecast_error
from rnnkit.models.layers.dense import Dense
from rnnkit.registry import name_of
from rnnkit.run import RunFolder
from rnnkit.tasks.task import Evaluation, Outputs, RecurrentModel, Score, Task, shape_mistakes


class ForecastingSettings(Spec):
    """What is forecast from what."""

    timesteps: int = Field(ge=1, le=1_000_000, description="how many steps the model sees")
    horizon: int = Field(1, ge=1, le=100_000, description="how many steps ahead it forecasts, all at once")


class ForecastingData(Spec):
    """The `data:` section."""

    dataset: Annotated[SeriesDataset, Component("dataset")]
    scale: Literal["standard", "none"] = Field("standard", description="mean 0 and deviation 1 on the training part, or numbers as they are")
    split: Split = Split()


@dataclass
class SeriesData:
    """A series in parts.

    Args:
        codec: The series' unit to the network's scale and back.
        parts: The scaled numbers of each part, (steps, features).
        timesteps: Steps that the model sees.
        horizon: Steps that it forecasts.
        batch_size: Rows of a batch.
    """

    codec: Scaler
    parts: dict[str, np.ndarray]
    timesteps: int
    horizon: int
    batch_size: int

    def windows(self, part: str) -> SeriesWindows:
        """Every window of a part; none crosses from one part to the next."""
        return SeriesWindows(self.parts[part], self.timesteps, self.horizon, self.batch_size)

    @property
    def train(self) -> SeriesWindows:
        return self.windows("train")

    @property
    def validation(self) -> SeriesWindows | None:
        return self.windows("validation") if "validation" in self.parts else None

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(b"".join(self.parts[name].tobytes() for name in sorted(self.parts))).hexdigest()

    def describe(self) -> list[str]:
        return [
            ", ".join(
                f"{part} {len(values):,} steps in {len(self.windows(part)):,} windows of {self.timesteps}" for part, values in self.parts.items()
            )
        ]

    def save(self, run: RunFolder) -> None:
        self.codec.save(run.scaler)


@dataclass(frozen=True)
class Forecast:
    """One number ahead."""

    step: int
    forecast: float


class Forecasting(Task):
    """The next `horizon` numbers of a series, from the `timesteps` before them."""

    task: ForecastingSettings
    data: ForecastingData
    model: RecurrentModel

    metrics: ClassVar[tuple[str, ...]] = ("loss", "rmse")

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = shape_mistakes(lambda: self._resolve(features=1)) + self.monitor_mistakes()
        if name_of("input", type(self.model.embedding)) != "none":
            problems.append((("model", "embedding"), mistake("found tokens' vectors", "Expected none: a series is numbers already")))
        if self.data.split.validation + self.data.split.test >= 1:
            problems.append((("data", "split"), mistake("validation and test take everything", "Expected shares that leave numbers to train on")))
        if problems:
            raise mistakes_at(problems)
        return self

    def load_data(self, *, sample: bool = False, codec: Scaler | None = None, file: str | None = None) -> SeriesData:
        if file is not None:
            raise RnnkitError("--data", "a file for a forecaster", "Expected a language model's run", "Use --part")
        values = self.data.dataset.sample() if sample else self.data.dataset.load()
        split = self.data.split
        ends = [round(len(values) * share) for share in (1 - split.validation - split.test, 1 - split.test)]
        shares = {"train": 1.0, "validation": split.validation, "test": split.test}
        parts = {part: numbers for part, numbers in zip(shares, np.split(values, ends), strict=True) if shares[part]}
        settings = self.task
        for part, numbers in parts.items():
            if len(numbers) < settings.timesteps + settings.horizon:
                raise RnnkitError(
                    "task.forecasting.timesteps",
                    f"{settings.timesteps} steps and {settings.horizon} ahead, but the {part} part has {len(numbers)} steps",
                    "Expected a shorter window, a longer series or another data.split",
                )
        codec = codec or Scaler.fit(parts["train"], self.data.scale == "standard")
        scaled = {part: codec.scaled(numbers) for part, numbers in parts.items()}
        return SeriesData(codec, scaled, settings.timesteps, settings.horizon, self.train.batch_size)

    def load_codec(self, run: RunFolder) -> Scaler:
        return Scaler.load(run.scaler)

    def architecture(self, codec: Scaler) -> Architecture:
        return self._resolve(len(codec.mean))

    def _resolve(self, features: int) -> Architecture:
        return resolve(
            "forecasting",
            self.model.embedding,
            self.model.layers,
            {"forecast": Dense(units=self.task.horizon)},
            timesteps=self.task.timesteps,
            features=features,
            sequence_output=False,
        )

    def objective(self, codec: Scaler) -> Objective:
        from keras import ops

        def sums(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
            return {"loss": ops.sum(ops.mean(ops.square(outputs - targets), axis=-1) * weights), "weight": ops.sum(weights)}

        return sums

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        loss = sums["loss"] / sums["weight"]
        return {"loss": loss, "rmse": loss**0.5}

    def evaluate(
        self, outputs: Outputs, data: SeriesData, parts: Iterable[str], *, errors: int = 0, say: Callable[[str], None] = lambda line: None
    ) -> list[Evaluation]:
        return [self._evaluate_part(outputs, data, part) for part in parts]

    def _evaluate_part(self, outputs: Outputs, data: SeriesData, part: str) -> Evaluation:
        baselines = {"last value": last_value, "mean of the window": mean_value}
        errors = dict.fromkeys(["this run", *baselines], ForecastError())
        for batch in data.windows(part).in_order():
            rows = int(batch.weights.sum())
            inputs, targets = batch.inputs[:rows], data.codec.unscaled(batch.targets[:rows])
            errors["this run"] += forecast_error(data.codec.unscaled(outputs(batch.inputs)[:rows]), targets)
            for name, baseline in baselines.items():
                errors[name] += forecast_error(data.codec.unscaled(baseline(inputs, self.task.horizon)), targets)
        notes = ["training error: the model has seen these very numbers"] if part == "train" else []
        return Evaluation(part, [Score(who, error.as_dict()) for who, error in errors.items()], notes)

    def answer(self, codec: Scaler, outputs: Outputs, text: str, *, top: int, where: str, warn: Callable[[str], None]) -> list[Forecast]:
        features = len(codec.mean)
        try:
            numbers = np.array([float(word) for word in text.replace(",", " ").split()])
        except ValueError as error:
            raise RnnkitError(where, str(error), "Expected numbers, such as '0.1 0.2'") from None
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused as infinite
            values = numbers.astype(np.float32)
        needed = self.task.timesteps * features
        if len(values) < needed or len(values) % features or not np.isfinite(values).all():
            raise RnnkitError(where, f"{len(values)} numbers", f"Expected at least {needed} finite ones: {self.task.timesteps} steps of {features}")
        window = codec.scaled(values.reshape(-1, features)[-self.task.timesteps :])
        forecasts = codec.unscaled(outputs(window[None]))[0]
        return [Forecast(step + 1, float(number)) for step, number in enumerate(forecasts)]

    def sample(self, outputs: Outputs, data: SeriesData) -> str:
        window = data.train.inputs[:1]
        seen, forecast = data.codec.unscaled(window[0, :, 0]), data.codec.unscaled(outputs(window))[0]
        return f"after {' '.join(f'{number:.4g}' for number in seen)}: {' '.join(f'{number:.4g}' for number in forecast)}"

    def next_command(self, run: RunFolder, data: SeriesData) -> str:
        window = data.parts["train"][: self.task.timesteps] * data.codec.scale + data.codec.mean
        return f"rnnkit predict {shlex.quote(str(run))} --text '{' '.join(f'{number:g}' for number in window.ravel())}'"
