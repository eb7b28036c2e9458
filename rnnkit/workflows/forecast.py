"""The next steps of a series, as a table and as a picture."""

from __future__ import annotations

import numpy as np

from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.formats.format import Record
from rnnkit.data.raw.series import Series
from rnnkit.data.times.clock import local
from rnnkit.errors import RnnkitError, at, here
from rnnkit.progress import log
from rnnkit.storage import write_bytes
from rnnkit.tasks.capabilities import Forecast, Forecasts
from rnnkit.workflows.outputs import output_format, output_picture
from rnnkit.workflows.series import place_of, read_series
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
        output: A .csv, .tsv, .jsonl or .parquet file; "-" for standard output.
        horizon: How many steps; the run's own number where None.
        plot: A .png of the series' end and the forecast.
        overwrite: Whether files may be replaced.

    Returns:
        How many steps were forecast.

    Raises:
        RnnkitError: If the run does not forecast, the series cannot be read or does not fit the
            run, or a file exists already.
    """
    trained = load_trained(find_trained(name, Forecasts))
    target, writes = output_format(output, trained.predictor.writes, overwrite)
    records = _records(trained, source, horizon, plot, overwrite)
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
    return _records(trained, source, horizon, plot, overwrite)


def _records(
    trained: Trained, source: str | None, horizon: int | None, plot: str | None, overwrite: bool
) -> list[Record]:
    picture = output_picture(plot, "--plot", overwrite) if plot else None
    predictor = capable(trained, Forecasts)
    with at("--horizon"):
        steps = predictor.steps_ahead(horizon)
    series = read_series(predictor, trained.run, source)
    if picture and series.members:
        raise RnnkitError("--plot", f"{len(series.members)} series", "Expected one to draw")
    with at(place_of(source)):
        answers = forecast_each(predictor, series, steps)
    if picture:
        ((_, ahead),) = answers
        steps_shown = SHOWN_WINDOWS * max(predictor.timesteps, steps)
        title = f"{trained.run.path.name}, {steps} {'step' if steps == 1 else 'steps'} ahead"
        write_bytes(picture, draw(predictor.codec, series, ahead, steps_shown, title))
    return [
        {**member.keys, **record}
        for member, ahead in answers
        for record in trained.predictor.records(member, ahead)
    ]


def forecast_each(
    predictor: Forecasts, series: Series, steps: int
) -> list[tuple[Series, Forecast]]:
    """The forecast of each series; of several those that cannot be forecast are remarked.

    Raises:
        RnnkitError: If none can be forecast.
    """
    if not series.members:
        return [(series, predictor.forecast(series, steps))]
    answers: list[tuple[Series, Forecast]] = []
    errors: list[RnnkitError] = []
    for member in series.members:
        try:
            with at(member.name):
                answers.append((member, predictor.forecast(member, steps)))
        except RnnkitError as error:
            errors.append(error)
    if not answers:
        raise errors[0]
    for reason in errors:
        log.warning(here(f"no forecast: {reason}"))
    return answers


def draw(
    codec: SeriesCodec, series: Series, ahead: Forecast, steps_shown: int, title: str
) -> bytes:
    """A PNG of the last steps of a series and its forecast."""
    from rnnkit.report.series import draw_forecast

    end, steps = len(series), len(ahead.points)
    shown = slice(max(0, end - steps_shown), end)
    history = codec.observed(series)[shown]
    if ahead.times is not None and series.times is not None:
        times = local(series.times[shown]), local(ahead.times)
    else:
        times = np.arange(shown.start + 1, end + 1), np.arange(end + 1, end + steps + 1)
    interval = (ahead.values[..., 0], ahead.values[..., -1]) if len(ahead.quantiles) > 1 else None
    return draw_forecast(history, ahead.points, ahead.names, times, title, interval)
