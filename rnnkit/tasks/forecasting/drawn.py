"""The last forecasts of a part beside what came, as charts."""

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

SHOWN_STEPS = 60  # that are forecast, unless one horizon is longer
SHOWN_TARGETS = 4
SHOWN_WORST = 3
BEFORE = 24  # steps of the series before a forecast that was wrong


def drawn_forecasts(
    part: SeriesPart, codec: SeriesCodec, own: np.ndarray, levels: Sequence[float]
) -> Charts:
    """A chart of each target, of at most four.

    Args:
        part: What is forecast; of several series the one that its last window is of.
        codec: The codec of the series.
        own: (windows, horizon, targets, quantiles) what is forecast of each window.
        levels: The quantiles.
    """
    horizon = own.shape[1]
    origins = _last_ones(part.origins[part.members == part.members[-1]], horizon)
    ahead = own[np.searchsorted(part.origins, origins)]
    values = ahead.reshape(len(origins) * horizon, *ahead.shape[2:])
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
    each = "one step" if horizon == 1 else f"{horizon} steps"
    several = "the last forecast" if len(origins) == 1 else f"the last {len(origins)} forecasts"
    interval = f", with the interval from {levels[0]:g} to {levels[-1]:g}" if has_interval else ""
    hidden = codec.outputs - len(charts)
    rest = f"; {counted(hidden, 'further target')} not drawn" if hidden else ""
    return Charts("Forecasts", charts, f"{several}, {each} ahead each{interval}{rest}")


def worst_forecasts(
    part: SeriesPart, codec: SeriesCodec, own: np.ndarray, levels: Sequence[float]
) -> Charts:
    """The windows whose forecasts of the first target have the largest mean error, none of which
    overlap; arguments as in `drawn_forecasts`.
    """
    observed, horizon = codec.observed(part.series)[:, 0], own.shape[1]
    targets = observed[part.origins[:, None] + np.arange(horizon)]
    middle = list(levels).index(0.5)
    errors = np.abs(own[:, :, 0, middle] - targets).mean(axis=1)
    charts = list[Chart]()
    taken = list[int]()
    for row in np.argsort(-np.nan_to_num(errors), kind="stable").tolist():
        origin = int(part.origins[row])
        if any(abs(origin - other) < max(horizon, part.shape.timesteps // 2) for other in taken):
            continue
        taken.append(origin)
        start = part.series.spans[part.members[row]].start
        shown = np.arange(max(start, origin - BEFORE), origin + horizon)
        at = np.arange(origin, origin + horizon)
        lines = [
            Line("observed", observed[shown], shown),
            Line("forecast", own[row, :, 0, middle], at, 2),
        ]
        names = _labels(part.series, shown)
        across = "time" if part.series.times is not None else "step"
        name = f"{codec.names[0]}: mean error {errors[row]:,.4g}"
        charts.append(Chart(name, across, lines, labels=names))
        if len(charts) == SHOWN_WORST:
            break
    usual = f"the mean error over all {len(part.origins):,} windows is {errors.mean():,.4g}"
    return Charts("The worst forecasts", charts, usual)


def _last_ones(origins: np.ndarray, horizon: int) -> np.ndarray:
    """The last origins whose forecasts follow one another, in their order."""
    known, kept = set(origins.tolist()), [int(origins[-1])]
    while kept[-1] - horizon in known and (len(kept) + 1) * horizon <= SHOWN_STEPS:
        kept.append(kept[-1] - horizon)
    return np.array(kept[::-1])


def _labels(series: Series, shown: np.ndarray) -> list[tuple[float, str]]:
    """The first and the last time, and the one in between; nothing where steps have no times."""
    if series.times is None:
        return []
    times = local(series.times[shown])
    days = times.astype("datetime64[D]")
    named = days if (times == days).all() else times.astype("datetime64[m]")
    return [
        (float(shown[row]), str(named[row]).replace("T", " "))
        for row in sorted({0, len(shown) // 2, len(shown) - 1})
    ]
