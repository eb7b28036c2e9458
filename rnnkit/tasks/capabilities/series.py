"""The capability to forecast series."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rnnkit.tasks.capabilities.capability import Capability

if TYPE_CHECKING:
    import pandas as pd

    from rnnkit.data.encode.series import SeriesCodec
    from rnnkit.data.raw.series import Series


@dataclass(frozen=True)
class Forecast:
    """The next steps of a series.

    Args:
        names: The targets; a category is `column=category`.
        times: (steps,), in the time zone of the series; None if they are not known.
        values: (steps, targets, quantiles) in the series' own units.
        quantiles: The quantiles of the last axis; (0.5,) for a forecast without interval.
    """

    names: tuple[str, ...]
    times: pd.DatetimeIndex | None
    values: np.ndarray
    quantiles: tuple[float, ...]

    @property
    def points(self) -> np.ndarray:
        """(steps, targets): the medians, or the means."""
        return self.values[..., self.quantiles.index(0.5)]


class Forecasts(Capability):
    """A predictor that forecasts a series."""

    does = "forecasts a series"
    example = "airline"
    codec: SeriesCodec
    timesteps: int
    """How many steps the model sees."""

    @property
    @abstractmethod
    def source(self) -> str:
        """The name of the file of the run's own series; "" if there is none."""

    @abstractmethod
    def series(self, source: object | None, *, sample: bool = False) -> Series:
        """The series in a file, or in a table in memory, with the columns of the run's own series.

        Args:
            source: The file or table; None for the run's own series.
            sample: Whether the small built-in sample replaces the run's own series.

        Raises:
            RnnkitError: If it cannot be read or has other columns.
        """

    @abstractmethod
    def steps_ahead(self, horizon: int | None) -> int:
        """How many steps `forecast` returns: `horizon`, or the run's default if None.

        Raises:
            RnnkitError: If the horizon is longer than the model's.
        """

    @abstractmethod
    def forecast(self, series: Series, horizon: int | None = None) -> Forecast:
        """The next steps of a series: `horizon` of them, or the run's default if None.

        Raises:
            RnnkitError: If the horizon is longer than the model's, the series is shorter than its
                window, or values that must be known in advance are missing.
        """

    @abstractmethod
    def one_step(self, series: Series) -> tuple[np.ndarray, Forecast]:
        """The one-step forecast of each step of a series, from the steps before it.

        Returns:
            The steps that have a forecast, (rows,), and their forecasts, with values (rows,
            targets, quantiles).

        Raises:
            RnnkitError: If the series is too short for a single one.
        """
