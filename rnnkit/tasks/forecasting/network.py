"""A network with one output for each forecast number: horizon x targets x quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.architecture import Architecture, Interface, resolve
from rnnkit.backend import Objective
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.engine import losses
from rnnkit.errors import RnnkitError
from rnnkit.models.layers.dense import Dense
from rnnkit.tasks.forecasting.data import SeriesPart
from rnnkit.tasks.forecasting.sections import ForecastingSettings
from rnnkit.tasks.network import Network
from rnnkit.tasks.task import RecurrentModel

UNBOUNDED = 10.0
"""A training has diverged if its loss is this many times that of a constant answer."""


def resolve_layers(
    settings: ForecastingSettings, model: RecurrentModel, features: int, targets: int
) -> Architecture:
    """The list of layers for a series with this many features and targets."""
    numbers = settings.steps_at_once * targets * len(settings.levels)
    return resolve(
        "forecasting",
        model.embedding,
        model.layers,
        {"forecast": Dense(units=numbers)},
        Interface(timesteps=settings.timesteps, features=features, sequence_output=False),
    )


class ForecastingNetwork(Network[SeriesCodec, SeriesPart]):
    """Forecasts the numbers after a window.

    Args:
        settings: Horizon, loss and quantiles.
        model: The `model:` section.
        codec: The features and targets of the series.
    """

    def __init__(self, settings: ForecastingSettings, model: RecurrentModel, codec: SeriesCodec):
        super().__init__(resolve_layers(settings, model, len(codec.names), codec.outputs))
        self._settings, self._targets = settings, codec.outputs
        self._is_scaled = bool((codec.scaler.scale[: codec.outputs] != 1).all())

    def objective(self) -> Objective:
        """The squared, absolute or quantile loss, the latter of Koenker and Bassett (1978)."""
        from keras import ops

        settings, levels = self._settings, self._settings.levels
        shape = (-1, settings.steps_at_once, self._targets, len(levels))
        middle, quantiles = levels.index(0.5), np.array(levels, np.float32)

        def sums(outputs: Any, targets: Any, weights: Any) -> dict[str, Any]:
            # (rows, horizon, targets, quantiles)
            errors = ops.expand_dims(targets, -1) - ops.reshape(outputs, shape)
            absolute = ops.mean(ops.abs(errors[..., middle]), axis=(1, 2))
            squared = ops.mean(ops.square(errors[..., middle]), axis=(1, 2))
            pinball = ops.mean(
                ops.maximum(quantiles * errors, (quantiles - 1) * errors), axis=(1, 2, 3)
            )
            losses = {"mse": squared, "mae": absolute, "quantile": pinball}[settings.loss]
            return {
                "loss": ops.sum(losses * weights),
                "absolute": ops.sum(absolute * weights),
                "squared": ops.sum(squared * weights),
                "weight": ops.sum(weights),
            }

        return sums

    def loss(self, outputs: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
        settings, levels = self._settings, self._settings.levels
        shape = (-1, settings.steps_at_once, self._targets, len(levels))
        errors = targets[..., None] - outputs.reshape(shape)
        middle, quantiles = errors[..., levels.index(0.5)], np.array(levels, np.float32)
        if settings.loss == "quantile":
            step_losses = np.maximum(quantiles * errors, (quantiles - 1) * errors).mean(axis=-1)
        else:
            step_losses = np.square(middle) if settings.loss == "mse" else np.abs(middle)
        return losses.weighted_mean(step_losses.mean(axis=-1).mean(axis=-1), weights)

    def loss_of_answer(self, outputs: Any, text: str | None) -> tuple[Any, str]:
        """The first number of the forecast itself, as a forecast has no target to compare with."""
        if text is not None:
            expected = "Expected none: the gradient is that of the first number of the forecast"
            raise RnnkitError("", "a target of a forecast", expected, "Leave it out")
        return outputs[0, 0], "first number of the forecast (scaled)"

    def worst_loss(self, first: float | None) -> float | None:
        """A multiple of the loss of a constant answer, which is at most 1 for targets scaled to a
        deviation of 1; None for other targets.
        """
        return UNBOUNDED * max(1.0, first or 0.0) if self._is_scaled else None

    def epoch_metrics(self, sums: dict[str, float]) -> dict[str, float]:
        weight = sums["weight"]
        return {
            "loss": sums["loss"] / weight,
            "mae": sums["absolute"] / weight,
            "rmse": (sums["squared"] / weight) ** 0.5,
        }
