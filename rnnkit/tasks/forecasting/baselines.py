"""The linear autoregression that forecasts are compared with."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnkit.baselines.series import LinearAutoregression
from rnnkit.checksums import Input
from rnnkit.computations import Computation
from rnnkit.data.batch.series import SeriesWindows, WindowShape
from rnnkit.tasks.forecasting.data import SeriesPart
from rnnkit.tasks.forecasting.forecasts import ANSWERED_AT_ONCE

WIDEST_LINEAR = 4096  # numbers per window; beyond, a linear autoregression is slow to fit


def autoregression(train: SeriesPart) -> Computation | None:
    """The fit of a linear autoregression; None if its windows are too wide."""
    shape = train.shape
    if shape.timesteps * train.values.shape[1] > WIDEST_LINEAR:
        return None
    inputs: dict[str, Input] = {
        "values": train.values,
        "origins": train.origins,
        "is_known": np.asarray(shape.is_known),
        "timesteps": shape.timesteps,
        "horizon": shape.horizon,
        "targets": shape.targets,
        "lag": shape.lag,
    }
    return Computation(_fit_autoregression, inputs)


def _fit_autoregression(
    values: np.ndarray, origins: np.ndarray, **shape: Any
) -> dict[str, np.ndarray]:
    windows = SeriesWindows(values, origins, WindowShape(**shape), ANSWERED_AT_ONCE)
    batches = windows.pieces(ANSWERED_AT_ONCE)
    linear = LinearAutoregression.fit((batch.inputs, batch.targets) for batch in batches)
    return {"weights": linear.weights}
