"""A series in windows, split in chronological order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnkit.data.batch.series import SeriesWindows, WindowShape
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw.series import Series
from rnnkit.data.raw.split import SeriesSplit
from rnnkit.errors import RnnkitError
from rnnkit.quantities import counted
from rnnkit.registry import name_of
from rnnkit.tasks.forecasting.sections import ForecastingData, ForecastingSettings


@dataclass(frozen=True)
class SeriesPart:
    """One part of the data: every window whose steps to forecast lie within it.

    Args:
        series: The whole series in its own units; it may join several.
        spans: The steps of the part in each of the joined series; its first windows may reach back
            into the part before.
        values: The whole series, scaled, (steps, features) float64.
        origins: (windows,), the first step that each window forecasts.
        shape: The inputs and outputs of a window.
        left_out: The number of windows left out, as they would forecast an imputed number.
    """

    series: Series
    spans: tuple[range, ...]
    values: np.ndarray
    origins: np.ndarray
    shape: WindowShape
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.origins)

    @property
    def steps(self) -> int:
        """The number of steps in the part."""
        return sum(map(len, self.spans))

    @cached_property
    def members(self) -> np.ndarray:
        """The index of the series of each window, (windows,)."""
        ends = [span.stop for span in self.series.spans]
        return np.searchsorted(ends, self.origins, side="right")

    def batches(self, batch_size: int) -> SeriesWindows:
        return SeriesWindows(self.values, self.origins, self.shape, batch_size)

    def arrays(self) -> Iterable[np.ndarray]:
        return self.values, self.origins


def divide(
    series: Series, split: SeriesSplit, settings: ForecastingSettings
) -> dict[str, tuple[range, ...]]:
    """The steps of each part by name, split in chronological order within each series.

    Raises:
        RnnkitError: If a part is too short for a window and its horizon in every series.
    """
    bounds = split.divide(series.spans)
    timesteps, horizon = settings.timesteps, settings.horizon
    for part, spans in bounds.items():
        longest = max(map(len, spans))
        if longest < horizon + (timesteps if part == "train" else 0):
            key = "timesteps" if part == "train" else "horizon"
            longest_whole = max(map(len, series.spans))
            are_whole = len(series.spans) > 1 and longest_whole >= timesteps + horizon
            raise RnnkitError(
                f"task.forecasting.{key}",
                f"{counted(timesteps, 'step')} and {horizon} ahead, but the {part} part has"
                f" {counted(longest, 'step')}",
                "Expected a shorter window or horizon, a longer series or another data.split",
                "Write `data.split.by: series`" if are_whole and split.by == "steps" else "",
            )
    return bounds


def require_season(season: int | None, steps: int) -> None:
    """Checks that the training set is longer than a season.

    Args:
        season: The steps of a season in the config.
        steps: The steps of the longest training series.

    Raises:
        RnnkitError: If it is not.
    """
    if season is not None and season >= steps:
        got = f"a season of {counted(season, 'step')}, and the training set has {steps:,}"
        expected = f"Expected at most {steps - 1:,}"
        raise RnnkitError("task.forecasting.season", got, expected, "Leave the key out for none")


def fitted_codec(training: Series, data: ForecastingData, season: int | None) -> SeriesCodec:
    """A codec fitted on the training series."""
    return SeriesCodec.fit(
        training,
        len(training),
        standard=data.scale == "standard",
        transform=data.transform,
        lag=data.lag(season),
    )


def refitted_codec(
    start: SeriesCodec, training: Series, data: ForecastingData, season: int | None
) -> SeriesCodec:
    """The codec of a run to start from, with the scale of this training series, as its weights
    read scaled numbers.

    Raises:
        RnnkitError: If that run has other columns, targets or transform.
    """
    require_same_columns(start, training)
    if start.transform != data.transform:
        got = f"{data.transform}, and the run to start from has {start.transform}"
        hint = f"Write `data.transform: {start.transform}`"
        raise RnnkitError("data.transform", got, "Expected the same: its weights are reused", hint)
    for key, names, start_names in (
        ("known", training.known, start.known),
        ("cycles", training.cycles, start.cycles),
    ):
        if set(names) != set(start_names):
            got = f"{list(names)}, and the run to start from has {list(start_names)}"
            place = f"data.dataset.{name_of('dataset', type(data.dataset))}.{key}"
            hint = f"Write `{place}: [{', '.join(start_names)}]`"
            expected = "Expected the same: its weights are reused"
            raise RnnkitError(place, got, expected, hint)
    standard, lag = data.scale == "standard", data.lag(season)
    return start.refitted(training, len(training), standard=standard, lag=lag)


def require_same_columns(codec: SeriesCodec, series: Series) -> None:
    """Checks that the codec of a run fits a series.

    Raises:
        RnnkitError: If the series has other columns or targets.
    """
    if codec.targets == series.targets and codec.columns.keys() == series.columns.keys():
        return
    got = (
        f"the run forecasts {', '.join(codec.targets)} from {', '.join(codec.columns)}, the config"
        f" {', '.join(series.targets)} from {', '.join(series.columns)}"
    )
    expected = "Expected the same columns: its weights are reused"
    raise RnnkitError("data.dataset", got, expected)


def window_shape(
    settings: ForecastingSettings, data: ForecastingData, codec: SeriesCodec
) -> WindowShape:
    """The inputs and outputs of a window."""
    return WindowShape(
        settings.timesteps,
        settings.steps_at_once,
        codec.outputs,
        codec.is_known,
        data.lag(settings.season),
    )


def windows_of_parts(
    series: Series,
    values: np.ndarray,
    bounds: Mapping[str, tuple[range, ...]],
    shape: WindowShape,
    horizon: int,
) -> dict[str, SeriesPart]:
    """The windows of each part, without those that would forecast an imputed number.

    Args:
        series: The whole series.
        values: The same, scaled, (steps, features).
        bounds: The steps of each part in each of the joined series.
        shape: The inputs and outputs of a window.
        horizon: The steps that are scored from each origin on.

    Raises:
        RnnkitError: If a part has no window.
    """
    imputed_before = np.append(0, np.cumsum(series.filled))
    parts = {}
    for name, spans in bounds.items():
        # the windows of a held-out part may reach back into the part before it
        before = shape.timesteps if name == "train" else 0
        origins = np.concatenate(
            [
                np.arange(
                    max(steps.start + before, whole.start + shape.timesteps),
                    steps.stop - horizon + 1,
                )
                for whole, steps in zip(series.spans, spans, strict=True)
            ]
        )
        is_real = imputed_before[origins + horizon] == imputed_before[origins]
        if not is_real.any():
            got = (
                f"no window of {counted(shape.timesteps, 'step')} and {horizon} real ahead in the"
                f" {counted(sum(map(len, spans)), 'step')} of {name}"
            )
            expected = "Expected a longer series, with fewer gaps"
            raise RnnkitError("task.forecasting.timesteps", got, expected)
        left_out = int((~is_real).sum())
        parts[name] = SeriesPart(series, spans, values, origins[is_real], shape, left_out)
    return parts


def least_steps_before(part: SeriesPart) -> int:
    """The fewest steps of its series that any origin has before it."""
    starts = np.array([span.start for span in part.series.spans])
    return int((part.origins - starts[part.members]).min())
