"""Forecasts of windows by the network or by a baseline with the same interface, and the values that
must be known in advance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from rnnkit.data.batch.series import WindowShape
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw.series import Series
from rnnkit.data.series.grid import present
from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted

ANSWERED_AT_ONCE = 1024

Model: TypeAlias = Callable[[np.ndarray], np.ndarray]
"""(rows, timesteps, features) to (rows, horizon x targets x quantiles)."""


def forecast_windows(
    model: Model,
    codec: SeriesCodec,
    shape: WindowShape,
    values: np.ndarray,
    origins: np.ndarray,
    horizon: int,
) -> np.ndarray:
    """Forecasts from each origin, (windows, horizon, targets, quantiles), in the series' own units.

    Args:
        model: The network, or a baseline.
        codec: The codec of the series.
        shape: The inputs and outputs of a window.
        values: The scaled series, (steps, features).
        origins: (windows,), the first step of each forecast.
        horizon: The number of steps; a multiple of those that the model forecasts in one pass.
    """
    scaled = []
    for start in range(0, len(origins), ANSWERED_AT_ONCE):
        spans = shape.spans(values, origins[start : start + ANSWERED_AT_ONCE], horizon)
        scaled.append(_forecast_spans(model, shape, spans))
    with np.errstate(over="ignore"):  # if the model has diverged
        return np.moveaxis(codec.decoded(np.moveaxis(np.concatenate(scaled), 3, 2)), 2, 3)


def _forecast_spans(model: Model, shape: WindowShape, spans: np.ndarray) -> np.ndarray:
    """Scaled forecasts of the steps of each span after its window, (rows, steps, targets,
    quantiles); if the model forecasts fewer steps in one pass, it reads its own forecasts as the
    past of further ones.
    """
    forecasts = []
    for step in range(0, spans.shape[1] - shape.timesteps, shape.horizon):
        window = spans[:, step : step + shape.timesteps + shape.horizon]
        answers = model(shape.inputs(window)).reshape(len(spans), shape.horizon, shape.targets, -1)
        base = np.expand_dims(shape.base(window)[:, shape.timesteps :], -1)
        # sorted, so that quantiles do not cross, which brings them closer to the true ones
        # (Chernozhukov et al. 2010)
        forecasts.append(np.sort(answers, axis=-1) + base)
        # writes into the spans, which are a copy of the series
        window[:, shape.timesteps :, : shape.targets] = forecasts[-1][..., 0]
    return np.concatenate(forecasts, axis=1)


def steps_known(series: Series, steps: int) -> int:
    """The number of next steps, at most `steps`, with all values that must be known in advance."""
    if series.cycles and series.step is None:  # the calendar continues equal steps only
        steps = min(steps, series.future)
    return min([steps, *(_known_ahead(series, name, steps) for name in series.known)])


def _known_ahead(series: Series, name: str, steps: int) -> int:
    """The number of next steps, at most `steps`, with a value in a column."""
    has_value = present(series.columns[name][len(series) : len(series) + steps])
    return len(has_value) if has_value.all() else int(has_value.argmin())


def require_future(series: Series, steps: int) -> None:
    """Checks that the next steps have all values that must be known in advance.

    Raises:
        RnnkitError: If the calendar or a known column ends earlier.
    """
    if series.cycles and series.step is None and series.future < steps:
        got = "the steps are not equal, so the calendar of the next ones is unknown"
        expected = "Expected the time of each step to forecast"
        raise RnnkitError("", got, expected, "Add rows without a target")
    for name in series.known:
        if (known := _known_ahead(series, name, steps)) < steps:
            hint = (
                f"Add rows at the end with {', '.join(series.known)}, and nothing under"
                f" {', '.join(series.targets)}"
            )
            got = f"{name} is known for {known} of the next {counted(steps, 'step')}"
            raise RnnkitError("", got, "Expected all: it is known in advance", hint)
