"""The series that a forecaster is asked about."""

from __future__ import annotations

from rnnkit.data.raw.series import Series
from rnnkit.errors import at
from rnnkit.progress import log
from rnnkit.run import RunFolder
from rnnkit.tasks.capabilities import Forecasts


def read_series(forecaster: Forecasts, run: RunFolder, source: str | None) -> Series:
    """The table that the user names, else the run's own series, with remarks on imputed numbers.

    Raises:
        RnnkitError: If it cannot be read or has other columns.
    """
    if source is None:
        series = forecaster.series(None, sample=run.uses_sample)
    else:
        with at("--input"):
            series = forecaster.series(source)
    for note in series.notes:
        log.info(note)
    return series


def place_of(source: str | None) -> str:
    """The name of a series in messages."""
    return "data.dataset" if source is None else "--input"
