"""How a page forecasts a series as the run does."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from rnnkit.data.batch.series import WindowShape
from rnnkit.data.encode.observed import digits as digits_of
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw import series as raw
from rnnkit.data.times.clock import shown_times
from rnnkit.errors import here
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.tasks.forecasting.forecasts import steps_known
from rnnkit.tasks.forecasting.sections import ForecastingSettings
from rnnkit.tasks.playground import Forecasting, Series

SHOWN = 60  # steps before the window, at most


class Newest(NamedTuple):
    """The newest steps of a series, and digits after the point of each target."""

    series: Series
    decimals: tuple[int, ...]


def newest_steps(
    codec: SeriesCodec, series: raw.Series | None, timesteps: int, ahead: int
) -> Newest:
    """The window of a series with what stands before it, and so many steps ahead, whose known
    features must be known: those of the series itself where no others are. A level line where there
    is not a series, or it does not reach.
    """
    if series is not None:
        series = series.members[-1] if series.members else series
        if unknown := ahead - steps_known(series, ahead):
            what = ", ".join(series.known) or "the calendar"
            got = f"the page forecasts the last {unknown} steps of the series"
            log.info(here(f"{got}: of later ones {what} is not known"))
            series = replace(series, future=series.future + unknown)
        if len(series) >= timesteps:
            return _newest(codec, series, timesteps + min(timesteps, SHOWN), ahead)
        got = f"{counted(max(0, len(series)), 'step')}, of {timesteps} that the model sees"
        log.warning(here(f"a level line stands for the series: {got}"))
    level = np.zeros((timesteps + ahead, len(codec.names)))
    return Newest(Series(level, (), False), (2,) * codec.outputs)


def _newest(codec: SeriesCodec, series: raw.Series, shown: int, ahead: int) -> Newest:
    longer, end = series.extended(ahead), len(series)
    newest = slice(max(0, end - shown), end + ahead)
    times: tuple[str, ...] = ()
    if longer.times is not None and not longer.times.hasnans:
        times = tuple(shown_times(longer.times[newest]))
    decimals = tuple(each.carried for each in digits_of(codec, series))
    return Newest(Series(codec.encoded(longer)[newest], times, True), decimals)


def playground(
    codec: SeriesCodec, shape: WindowShape, settings: ForecastingSettings, newest: Newest
) -> Forecasting:
    """A page's description of a forecaster."""
    return Forecasting(
        series=newest.series,
        names=codec.names,
        targets=codec.outputs,
        scaler=codec.scaler,
        logarithm=codec.transform == "return",
        is_choice=codec.choices is not None,
        is_known=shape.is_known,
        timesteps=shape.timesteps,
        horizon=shape.horizon,
        ahead=settings.horizon,
        lag=shape.lag,
        quantiles=settings.levels,
        decimals=newest.decimals,
    )
