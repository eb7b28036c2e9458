"""The next steps of a series, as a table and as a picture."""

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

SHOWN_WINDOWS = 3  # of history before a forecast


def forecast(
    name: str | None,
    source: str | None,
    output: str,
    *,
    horizon: int | None = None,
    plot: str | None = None,
    overwrite: bool = False,
) -> int:
    """Writes the next steps of a series: time, step, and each target with its quantiles.

    Args:
        name: A run's folder or name; None for the newest forecaster.
        source: A table with the columns that the run was trained on; the run's own series where
            None.
        output: A .csv, .tsv, .jsonl, .parquet or .arrow file; "-" for standard output.
        horizon: How many steps; the run's own number if None.
        plot: A .png of the end of the series, each with its forecast.
        overwrite: Whether files may be replaced.

    Returns:
        How many steps were forecast.

    Raises:
        RnnkitError: If the run does not forecast, the series cannot be read or does not fit the
            run, or a file exists already.
    """
    trained = load_trained(find_trained(name, Forecasts))
    target, writes = output_format(output, trained.predictor.writes, overwrite)
    require_other(target, source, capable(trained, Forecasts))
    answers = steps_ahead(trained, source, horizon, plot, overwrite=overwrite)
    records = forecast_records_of(trained.predictor, answers)
    with writes.writer(target) as file:
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
    """The rows that `forecast` writes; arguments as there."""
    trained = load_trained(find_trained(name, Forecasts))
    answers = steps_ahead(trained, source, horizon, plot, overwrite=overwrite)
    return forecast_records_of(trained.predictor, answers)


def steps_ahead(
    trained: Trained,
    source: object | None,
    horizon: int | None,
    plot: str | None = None,
    *,
    overwrite: bool = False,
) -> list[tuple[Series, Forecast]]:
    """The forecast of each series; arguments as in `forecast`, but for the source, which may be a
    table in memory too.
    """
    picture = output_picture(plot, "--plot", overwrite) if plot else None
    predictor = capable(trained, Forecasts)
    with at("--horizon"):
        steps = predictor.steps_ahead(horizon)
    series = read_series(predictor, trained.run, source)
    with at(place_of(source)):
        answers = forecast_each(predictor, series, steps)
    if picture:
        steps_shown = SHOWN_WINDOWS * max(predictor.timesteps, steps)
        title = f"{trained.run.path.name}, {counted(steps, 'step')} ahead"
        write_bytes(picture, _picture(predictor.codec, answers, steps_shown, title))
    return answers


def _picture(
    codec: SeriesCodec,
    answers: Sequence[tuple[Series, Forecast]],
    steps_shown: int,
    title: str,
) -> bytes:
    """A PNG of the last steps of each series and its forecast."""
    chosen = first_drawn(answers, len(answers[0][1].names))
    pictures = [drawn(codec, series, forecast, steps_shown) for series, forecast in chosen]
    return draw_forecasts(pictures, title)


def drawn(codec: SeriesCodec, series: Series, ahead: Forecast, steps_shown: int) -> DrawnForecast:
    """What a picture shows of a series."""
    end, steps = len(series), len(ahead.points)
    shown = slice(max(0, end - steps_shown), end)
    history = codec.observed(series)[shown]
    if ahead.times is not None and series.times is not None:
        times = local(series.times[shown]), local(ahead.times)
    else:
        times = np.arange(shown.start + 1, end + 1), np.arange(end + 1, end + steps + 1)
    interval = (ahead.values[..., 0], ahead.values[..., -1]) if len(ahead.quantiles) > 1 else None
    return DrawnForecast(history, ahead.points, ahead.names, times, interval, series.name)
