"""Forecasts of series."""

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
        names: The targets; that of a category as `column=category`.
        times: (steps,), in the time zone of the series; None where they are not known.
        values: (steps, targets, quantiles) in the series' own units.
        quantiles: Of the last axis; (0.5,) for a forecast without interval.
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
    """Steps that the model sees."""

    @property
    @abstractmethod
    def source(self) -> str:
        """The name of the file that the run's own series comes from; "" where there is none."""

    @abstractmethod
    def series(self, source: object | None, *, sample: bool = False) -> Series:
        """A file, or a table in memory, with the columns of the run's series; its own where None.

        Raises:
            RnnkitError: If it cannot be read or has other columns.
        """

    @abstractmethod
    def steps_ahead(self, horizon: int | None) -> int:
        """How many steps `forecast` gives: `horizon`, or the run's own number where None.

        Raises:
            RnnkitError: If the horizon is longer than the model's.
        """

    @abstractmethod
    def forecast(self, series: Series, horizon: int | None = None) -> Forecast:
        """The next steps of a series: `horizon` of them, the run's own number where None.

        Raises:
            RnnkitError: If the horizon is longer than the model's, the series is shorter than its
                window, or what should be known in advance is not.
        """

    @abstractmethod
    def one_step(self, series: Series) -> tuple[np.ndarray, Forecast]:
        """One-step forecasts of each step up to the newest, from those before it.

        Returns:
            The steps that have a forecast, (rows,), and the forecasts of these, whose values are
            (rows, targets, quantiles).

        Raises:
            RnnkitError: If the series is too short for any.
        """
