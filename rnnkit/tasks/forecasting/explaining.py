"""The questions by which a forecast is explained: by each feature at each step of its window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnkit.data.batch.series import WindowShape
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.errors import RnnkitError
from rnnkit.insight.question import Answers, Question
from rnnkit.insight.scores import Score
from rnnkit.tasks.capabilities import About
from rnnkit.tasks.explaining import AT, chosen_name, chosen_number, left_out_numbers

DIFFERENCE = 1e-4  # relative, for the numerical slope of the scale


@dataclass(frozen=True)
class ForecastValue(Score):
    """The forecast of one target at one step, in the unit of the series.

    Args:
        shape: The inputs and outputs of a window.
        codec: The codec of the series.
        quantile: The index of the quantile, in ascending order.
        quantiles: The number of quantiles.
        step: The index of the step ahead.
        target: The index of the target.
        base: The scaled value to which the forecast is relative.
    """

    shape: WindowShape
    codec: SeriesCodec
    quantile: int
    quantiles: int
    step: int
    target: int
    base: float

    @property
    def unit(self) -> str:
        return self.codec.names[self.target]

    @property
    def start(self) -> float | None:
        return float(self._decoded(np.zeros(1))[0]) if self.shape.lag else None

    def __call__(self, outputs: np.ndarray, removed: np.ndarray) -> np.ndarray:
        return self._decoded(np.sort(self._quantiles(outputs), axis=-1)[:, self.quantile])[:, None]

    def gradient(self, outputs: np.ndarray, answer: int) -> np.ndarray:
        quantiles = self._quantiles(outputs)
        columns = np.argsort(quantiles, axis=-1, kind="stable")[:, self.quantile]
        rows = np.arange(len(outputs))
        chosen = quantiles[rows, columns]
        step = DIFFERENCE * np.maximum(1, np.abs(chosen))
        slope = (self._decoded(chosen + step) - self._decoded(chosen - step)) / (2 * step)
        gradient = np.zeros_like(outputs)
        shape = self.shape.horizon, self.shape.targets, self.quantiles
        gradient.reshape(len(outputs), *shape)[rows, self.step, self.target, columns] = slope
        return gradient

    def _decoded(self, answers: np.ndarray) -> np.ndarray:
        """Scaled answers, (rows,), in the unit of the series."""
        numbers = np.zeros((len(answers), self.shape.targets))
        numbers[:, self.target] = answers + self.base
        return self.codec.decoded(numbers)[:, self.target]

    def _quantiles(self, outputs: np.ndarray) -> np.ndarray:
        """The scaled quantiles of the step and target, (rows, quantiles)."""
        sizes = (self.shape.horizon, self.shape.targets, self.quantiles)
        return outputs.reshape(len(outputs), *sizes)[:, self.step, self.target].astype(np.float64)


def forecast_question(
    codec: SeriesCodec,
    shape: WindowShape,
    model: Answers,
    levels: tuple[float, ...],
    span: np.ndarray,
    about: About,
) -> Question:
    """The question how a forecast depends on the window that the model reads.

    Args:
        codec: The codec of the series.
        shape: The inputs and outputs of a window.
        model: The model's outputs.
        levels: The quantiles.
        span: (timesteps + horizon, features) around the origin, scaled.
        about: The target and the step ahead to explain.

    Raises:
        RnnkitError: If there is no such target, or the model forecasts fewer steps in one pass.
    """
    targets = codec.names[: codec.outputs]
    named = chosen_name(about, targets, "target")
    if about.at and about.at.isdigit() and int(about.at[:9]) > shape.horizon:
        got = f"step {about.at}; the model forecasts {shape.horizon} at once"
        expected = f"Expected 1 to {shape.horizon}: later ones depend on these"
        raise RnnkitError(AT, got, expected)
    step = chosen_number(about, shape.horizon, "step ahead")
    spans = span[None]
    inputs, bases = shape.inputs(spans), shape.base(spans)[0, shape.timesteps + step]
    values = [
        ForecastValue(shape, codec, levels.index(0.5), len(levels), step, target, float(base))
        for target, base in enumerate(bases)
    ]
    target = 0 if named is None else targets.index(named)
    if named is None and codec.choices is not None:  # the most probable category
        outputs = model(inputs)
        target = int(np.argmax([value(outputs, np.zeros(1))[0, 0] for value in values]))
    rows = np.arange(shape.timesteps)[:, None]
    lags = shape.timesteps - rows - np.where(shape.is_known, shape.horizon, 0)
    return Question(
        (f"{targets[target]}, step {step + 1}",),
        values[target],
        tuple(str(shape.timesteps - row) for row in range(shape.timesteps)),
        inputs[0],
        model,
        np.zeros(inputs.shape[2], inputs.dtype),
        *left_out_numbers(codec.scaler),
        features=codec.names,
        lags=lags,
    )
