"""How a page forecasts a series as the run does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnkit.data.batch.series import WindowShape
from rnnkit.data.encode.observed import digits as digits_of
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw import series as raw
from rnnkit.data.times.clock import shown_times
from rnnkit.errors import RnnkitError, here
from rnnkit.progress import log
from rnnkit.tasks.forecasting.forecasts import require_future
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
    """The window of a series with what stands before it, and so many steps ahead; a level line
    where there is no series, or it does not reach.
    """
    if series is not None:
        series = series.members[-1] if series.members else series
        try:
            require_future(series, ahead)
            if len(series) >= timesteps:
                return _newest(codec, series, timesteps + min(timesteps, SHOWN), ahead)
        except RnnkitError as error:
            log.warning(here(f"a level line stands for the series: {error.got}"))
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
