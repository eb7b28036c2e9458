"""The description by which a page in a browser forecasts as the run does."""

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

SHOWN = 60  # most steps shown before the window


class Newest(NamedTuple):
    """The newest steps of a series, and the decimal places of each target."""

    series: Series
    decimals: tuple[int, ...]


def newest_steps(
    codec: SeriesCodec, series: raw.Series | None, timesteps: int, ahead: int
) -> Newest:
    """The last window of a series, some steps before it, and the steps ahead: the last steps of the
    series itself if later ones lack values that must be known in advance. A level line stands for a
    missing or too short series.
    """
    if series is not None:
        series = series.members[-1] if series.members else series
        if unknown := ahead - steps_known(series, ahead):
            names = ", ".join(series.known) or "the calendar"
            steps = "step" if unknown == 1 else f"{unknown:,} steps"
            remark = f"the page forecasts the last {steps} of the series"
            log.info(here(f"{remark}: {names} is not known of later ones"))
            series = replace(series, future=series.future + unknown)
        if len(series) >= timesteps:
            return _newest(codec, series, timesteps + min(timesteps, SHOWN), ahead)
        steps = counted(max(0, len(series)), "step")
        remark = f"it has {steps}, and the model sees {timesteps:,}"
        log.warning(here(f"a level line stands for the series: {remark}"))
    level = np.zeros((timesteps + ahead, len(codec.names)))
    return Newest(Series(level, (), False), (2,) * codec.outputs)


def _newest(codec: SeriesCodec, series: raw.Series, shown: int, ahead: int) -> Newest:
    longer, end = series.extended(ahead), len(series)
    newest = slice(max(0, end - shown), end + ahead)
    times: tuple[str, ...] = ()
    if longer.times is not None and not longer.times.hasnans:
        times = tuple(shown_times(longer.times[newest]))
    decimals = tuple(digits.carried for digits in digits_of(codec, series))
    return Newest(Series(codec.encoded(longer)[newest], times, True), decimals)


def playground(
    codec: SeriesCodec, shape: WindowShape, settings: ForecastingSettings, newest: Newest
) -> Forecasting:
    """The description of a forecaster."""
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
