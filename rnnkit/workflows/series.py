"""The series that a forecaster is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from rnnkit.data.raw.series import Series
from rnnkit.errors import RnnkitError, at
from rnnkit.progress import log, tell
from rnnkit.report.series import MOST_PANELS
from rnnkit.run import RunFolder
from rnnkit.tasks.capabilities import Forecasts

Item = TypeVar("Item")


def read_series(forecaster: Forecasts, run: RunFolder, source: object | None) -> Series:
    """The table that the user names, else the run's own series, with remarks on imputed numbers.

    Raises:
        RnnkitError: If it cannot be read or has other columns.
    """
    if source is None:
        series = forecaster.series(None, sample=run.uses_sample)
    else:
        with at("--input"):
            series = forecaster.series(source)
    tell(series.notes)
    return series


def require_other(target: Path | None, source: object | None, forecaster: Forecasts) -> None:
    """Refuses answers in place of the series that they are made from.

    Args:
        target: The file of the answers; None for standard output.
        source: As in `read_series`.
        forecaster: What answers.

    Raises:
        RnnkitError: If both are one file.
    """
    series = forecaster.source if source is None else source
    if target is None or not target.is_file() or not isinstance(series, str) or not series:
        return
    if Path(series).is_file() and target.samefile(series):
        got = f"{target} holds the series itself, which would be lost"
        raise RnnkitError("--output", got, "Expected another file", "Name one")


def place_of(source: object | None) -> str:
    """The name of a series in messages."""
    return "data.dataset" if source is None else "--input"


def drawn_ones(each: Sequence[Item], panels: int) -> Sequence[Item]:
    """The first of several series, as many as a picture has room for, with a remark if that is not
    all of them.

    Args:
        each: A series, or what is drawn of it, each.
        panels: How many a series takes.
    """
    room = max(1, MOST_PANELS // panels)
    if len(each) > room:
        log.warning(
            f"--plot: {room:,} of {len(each):,} series drawn; a table of fewer in --input shows"
            " others"
        )
    return each[:room]
