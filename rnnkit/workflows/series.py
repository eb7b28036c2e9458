"""Reads the series that a forecaster answers, and limits those of a picture."""

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
    """Reads a table, or the run's own series if none is given; logs remarks such as filled gaps.

    Raises:
        RnnkitError: If it cannot be read, or has other columns.
    """
    if source is None:
        series = forecaster.series(None, sample=run.uses_sample)
    else:
        with at("--input"):
            series = forecaster.series(source)
    tell(series.notes)
    return series


def require_other(target: Path | None, source: object | None, forecaster: Forecasts) -> None:
    """Refuses answers that would overwrite the series.

    Args:
        target: The file of the answers; None for standard output.
        source: As in `read_series`.
        forecaster: The forecaster.

    Raises:
        RnnkitError: If both are the same file.
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


def first_drawn(series: Sequence[Item], panels: int) -> Sequence[Item]:
    """The first series, as many as fit in a picture; logs a warning if these are not all.

    Args:
        series: The series, or what is drawn of each.
        panels: The number of panels of a series.
    """
    limit = max(1, MOST_PANELS // panels)
    if len(series) > limit:
        log.warning(
            f"--plot: {limit:,} of {len(series):,} series drawn; a table of fewer in --input shows"
            " others"
        )
    return series[:limit]
