"""Charts of forecasts and of the values that followed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw.series import Series
from rnnkit.data.times.clock import local
from rnnkit.quantities import counted
from rnnkit.report.chart import Chart, Line
from rnnkit.report.exhibits import Charts
from rnnkit.tasks.forecasting.data import SeriesPart

SHOWN_STEPS = 60  # forecast steps, unless a single horizon is longer
SHOWN_TARGETS = 4
SHOWN_WORST = 3
BEFORE = 24  # observed steps before each of the worst forecasts


def last_forecasts(
    part: SeriesPart, codec: SeriesCodec, forecasts: np.ndarray, levels: Sequence[float]
) -> Charts:
    """A chart of the last forecasts of each target, at most four; of several series, those of the
    last one.

    Args:
        part: The windows.
        codec: The codec of the series.
        forecasts: (windows, horizon, targets, quantiles).
        levels: The quantiles.
    """
    horizon = forecasts.shape[1]
    origins = _last_origins(part.origins[part.members == part.members[-1]], horizon)
    shown_forecasts = forecasts[np.searchsorted(part.origins, origins)]
    values = shown_forecasts.reshape(len(origins) * horizon, *shown_forecasts.shape[2:])
    start = part.series.spans[part.members[-1]].start
    first, end = int(origins[0]), int(origins[-1]) + horizon
    shown = np.arange(max(start, first - min(part.shape.timesteps, SHOWN_STEPS)), end)
    observed, at = codec.observed(part.series)[shown], np.arange(first, end)
    has_interval = len(levels) > 1
    charts = [
        Chart(
            codec.names[target],
            "time" if part.series.times is not None else "step",
            [
                Line("observed", observed[:, target], shown),
                Line("forecast", values[:, target, list(levels).index(0.5)], at, 2),
            ],
            band=values[:, target, [0, -1]].T if has_interval else None,
            labels=_labels(part.series, shown),
        )
        for target in range(min(codec.outputs, SHOWN_TARGETS))
    ]
    steps = "one step" if horizon == 1 else f"{horizon} steps"
    which = "the last forecast" if len(origins) == 1 else f"the last {len(origins)} forecasts"
    interval = f", with the interval from {levels[0]:g} to {levels[-1]:g}" if has_interval else ""
    hidden = codec.outputs - len(charts)
    rest = f"; {counted(hidden, 'further target')} not drawn" if hidden else ""
    return Charts("Forecasts", charts, f"{which}, {steps} ahead each{interval}{rest}")


def worst_forecasts(
    part: SeriesPart, codec: SeriesCodec, forecasts: np.ndarray, levels: Sequence[float]
) -> Charts:
    """A chart of each window with the largest mean errors of the first target, without overlaps;
    arguments as in `last_forecasts`.
    """
    observed, horizon = codec.observed(part.series)[:, 0], forecasts.shape[1]
    targets = observed[part.origins[:, None] + np.arange(horizon)]
    middle = list(levels).index(0.5)
    errors = np.abs(forecasts[:, :, 0, middle] - targets).mean(axis=1)
    charts, charted = list[Chart](), list[int]()
    for row in np.argsort(-np.nan_to_num(errors), kind="stable").tolist():
        origin = int(part.origins[row])
        if any(abs(origin - other) < max(horizon, part.shape.timesteps // 2) for other in charted):
            continue
        charted.append(origin)
        start = part.series.spans[part.members[row]].start
        shown = np.arange(max(start, origin - BEFORE), origin + horizon)
        at = np.arange(origin, origin + horizon)
        lines = [
            Line("observed", observed[shown], shown),
            Line("forecast", forecasts[row, :, 0, middle], at, 2),
        ]
        axis = "time" if part.series.times is not None else "step"
        title = f"{codec.names[0]}: mean error {errors[row]:,.4g}"
        charts.append(Chart(title, axis, lines, labels=_labels(part.series, shown)))
        if len(charts) == SHOWN_WORST:
            break
    caption = f"the mean error over all {len(part.origins):,} windows is {errors.mean():,.4g}"
    return Charts("The worst forecasts", charts, caption)


def _last_origins(origins: np.ndarray, horizon: int) -> np.ndarray:
    """The last origins whose forecasts follow each other without a gap, in ascending order."""
    existing, last = set(origins.tolist()), [int(origins[-1])]
    while last[-1] - horizon in existing and (len(last) + 1) * horizon <= SHOWN_STEPS:
        last.append(last[-1] - horizon)
    return np.array(last[::-1])


def _labels(series: Series, shown: np.ndarray) -> list[tuple[float, str]]:
    """The first, middle and last time by step; empty if steps have no times."""
    if series.times is None:
        return []
    times = local(series.times[shown])
    days = times.astype("datetime64[D]")
    rounded = days if (times == days).all() else times.astype("datetime64[m]")
    return [
        (float(shown[row]), str(rounded[row]).replace("T", " "))
        for row in sorted({0, len(shown) // 2, len(shown) - 1})
    ]
