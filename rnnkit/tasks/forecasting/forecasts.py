"""Forecasts of windows, by the network or by a baseline that is asked as the network is, and what
must be known of the steps ahead.
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
    """Forecasts from each origin, (rows, horizon, targets, quantiles), in the series' own units.

    Args:
        model: The network, or a baseline.
        codec: The codec of the series.
        shape: What the model sees and answers.
        values: The series in the network's numbers, (steps, features).
        origins: (rows,) the first step to forecast.
        horizon: How many steps; a multiple of those that the model forecasts at once.
    """
    scaled = []
    for start in range(0, len(origins), ANSWERED_AT_ONCE):
        spans = shape.spans(values, origins[start : start + ANSWERED_AT_ONCE], horizon)
        scaled.append(_along(model, shape, spans))
    with np.errstate(over="ignore"):  # of a model that has diverged
        return np.moveaxis(codec.decoded(np.moveaxis(np.concatenate(scaled), 3, 2)), 2, 3)


def _along(model: Model, shape: WindowShape, spans: np.ndarray) -> np.ndarray:
    """Scaled forecasts of the steps of each span after its window, (rows, steps, targets,
    quantiles).

    A model that forecasts fewer steps at once than there are reads its own forecasts as the past of
    the next.
    """
    forecasts = []
    for step in range(0, spans.shape[1] - shape.timesteps, shape.horizon):
        window = spans[:, step : step + shape.timesteps + shape.horizon]
        answers = model(shape.inputs(window)).reshape(len(spans), shape.horizon, shape.targets, -1)
        base = np.expand_dims(shape.base(window)[:, shape.timesteps :], -1)
        # Quantiles must not cross: in ascending order they are nearer to the true ones
        # (Chernozhukov et al. 2010).
        forecasts.append(np.sort(answers, axis=-1) + base)
        # a view of the spans, which are a copy of the series
        window[:, shape.timesteps :, : shape.targets] = forecasts[-1][..., 0]
    return np.concatenate(forecasts, axis=1)


def steps_known(series: Series, steps: int) -> int:
    """Of how many of the next steps, at most so many, everything is known that is known in
    advance.
    """
    if series.cycles and series.step is None:  # then the calendar of no further step is known
        steps = min(steps, series.future)
    return min([steps, *(_known_ahead(series, name, steps) for name in series.known)])


def _known_ahead(series: Series, name: str, steps: int) -> int:
    """How many of the next steps have a value of a column, at most so many."""
    is_given = present(series.columns[name][len(series) : len(series) + steps])
    return len(is_given) if is_given.all() else int(is_given.argmin())


def require_future(series: Series, steps: int) -> None:
    """Checks that what is known in advance is known of the next steps.

    Raises:
        RnnkitError: If the calendar or a known column ends before.
    """
    if series.cycles and series.step is None and series.future < steps:
        got = "no equal steps, so that the calendar of the next ones is not known"
        raise RnnkitError("", got, "", "Add rows without a target")
    for name in series.known:
        if (known := _known_ahead(series, name, steps)) < steps:
            hint = (
                f"Add rows at the end with {', '.join(series.known)}, and nothing under"
                f" {', '.join(series.targets)}"
            )
            got = f"{name} is known for {known} of the next {counted(steps, 'step')}"
            raise RnnkitError("", got, "Expected all: it is known in advance", hint)
