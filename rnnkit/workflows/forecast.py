"""Forecasts of the next steps of a series, as a table and as a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.formats.format import Record
from rnnkit.data.raw.series import Series
from rnnkit.data.times.clock import local
from rnnkit.errors import at
from rnnkit.quantities import counted
from rnnkit.report.series import DrawnForecast, draw_forecasts
from rnnkit.storage import write_bytes
from rnnkit.tasks.answers import forecast_each, forecast_records_of
from rnnkit.tasks.capabilities import Forecast, Forecasts
from rnnkit.workflows.outputs import output_format, output_picture
from rnnkit.workflows.series import first_drawn, place_of, read_series, require_other
from rnnkit.workflows.trained import Trained, capable, find_trained, load_trained

HISTORY_WINDOWS = 3  # history shown before a forecast, in context windows


def forecast(
    name: str | None,
    source: str | None,
    output: str,
    *,
    horizon: int | None = None,
    plot: str | None = None,
    overwrite: bool = False,
) -> int:
    """Forecasts the next steps of a series, and writes them: time, step, and each target with its
    quantiles.

    Args:
        name: A run's folder or name; None for the newest forecaster.
        source: A table with the columns that the run was trained on; None for the series of its
            data set.
        output: A .csv, .tsv, .jsonl, .parquet or .arrow file; "-" for standard output.
        horizon: The number of steps; None for that of the run.
        plot: A .png file for a picture of the end of each series with its forecast.
        overwrite: Whether files may be replaced.

    Returns:
        The number of records written.

    Raises:
        RnnkitError: If the run is not a forecaster, the series cannot be read or does not match the
            run, or a file exists already.
    """
    trained = load_trained(find_trained(name, Forecasts))
    target, file_format = output_format(output, trained.predictor.writes, overwrite)
    require_other(target, source, capable(trained, Forecasts))
    forecasts = steps_ahead(trained, source, horizon, plot, overwrite=overwrite)
    records = forecast_records_of(trained.predictor, forecasts)
    with file_format.writer(target) as file:
        file.write(records)
    return len(records)


def forecast_records(
    name: str | None,
    source: str | None,
    *,
    horizon: int | None = None,
    plot: str | None = None,
    overwrite: bool = False,
) -> list[Record]:
    """Returns the records that `forecast` writes; arguments are as there."""
    trained = load_trained(find_trained(name, Forecasts))
    forecasts = steps_ahead(trained, source, horizon, plot, overwrite=overwrite)
    return forecast_records_of(trained.predictor, forecasts)


def steps_ahead(
    trained: Trained,
    source: object | None,
    horizon: int | None,
    plot: str | None = None,
    *,
    overwrite: bool = False,
) -> list[tuple[Series, Forecast]]:
    """Returns the forecast of each series. Arguments are as in `forecast`, except that the source
    may also be a table in memory.
    """
    picture = output_picture(plot, "--plot", overwrite) if plot else None
    predictor = capable(trained, Forecasts)
    with at("--horizon"):
        steps = predictor.steps_ahead(horizon)
    series = read_series(predictor, trained.run, source)
    with at(place_of(source)):
        forecasts = forecast_each(predictor, series, steps)
    if picture:
        history_steps = HISTORY_WINDOWS * max(predictor.timesteps, steps)
        title = f"{trained.run.path.name}, {counted(steps, 'step')} ahead"
        write_bytes(picture, _picture(predictor.codec, forecasts, history_steps, title))
    return forecasts


def _picture(
    codec: SeriesCodec,
    forecasts: Sequence[tuple[Series, Forecast]],
    history_steps: int,
    title: str,
) -> bytes:
    """Returns a PNG of the last steps of each series with its forecast."""
    chosen = first_drawn(forecasts, len(forecasts[0][1].names))
    pictures = [drawn(codec, series, forecast, history_steps) for series, forecast in chosen]
    return draw_forecasts(pictures, title)


def drawn(codec: SeriesCodec, series: Series, ahead: Forecast, history_steps: int) -> DrawnForecast:
    """Returns the data of the picture of a series."""
    end, steps = len(series), len(ahead.points)
    window = slice(max(0, end - history_steps), end)
    history = codec.observed(series)[window]
    if ahead.times is not None and series.times is not None:
        times = local(series.times[window]), local(ahead.times)
    else:
        times = np.arange(window.start + 1, end + 1), np.arange(end + 1, end + steps + 1)
    interval = (ahead.values[..., 0], ahead.values[..., -1]) if len(ahead.quantiles) > 1 else None
    return DrawnForecast(history, ahead.points, ahead.names, times, interval, series.name)
