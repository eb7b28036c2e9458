"""A series in windows, divided in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from rnnkit.data.batch.series import SeriesWindows, WindowShape
from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw.series import Series
from rnnkit.data.raw.split import Split
from rnnkit.data.read.clock import shown_time
from rnnkit.errors import RnnkitError
from rnnkit.tasks.forecasting.sections import ForecastingData, ForecastingSettings

SHOWN_SCALES = 5


@dataclass(frozen=True)
class SeriesPart:
    """One part of a series: every window whose steps to forecast lie within it.

    Args:
        series: The series that the part belongs to, in its own units.
        steps: Steps of the part itself; its first windows may reach back into the part before.
        values: The whole series in the network's numbers, (steps, features) float64.
        origins: (windows,) the first step that each forecasts.
        shape: What the model sees and answers.
        left_out: Windows that would forecast an imputed number.
    """

    series: Series
    steps: int
    values: np.ndarray
    origins: np.ndarray
    shape: WindowShape
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.origins)

    def batches(self, batch_size: int) -> SeriesWindows:
        return SeriesWindows(self.values, self.origins, self.shape, batch_size)

    def arrays(self) -> Iterable[np.ndarray]:
        return self.values, self.origins


def divide(series: Series, split: Split, settings: ForecastingSettings) -> dict[str, range]:
    """The steps of each part, in the order of time.

    Raises:
        RnnkitError: If a part is too short for a window and its horizon.
    """
    bounds = split.bounds(len(series))
    timesteps, horizon = settings.timesteps, settings.horizon
    for part, steps in bounds.items():
        if len(steps) < horizon + (timesteps if part == "train" else 0):
            key = "timesteps" if part == "train" else "horizon"
            raise RnnkitError(
                f"task.forecasting.{key}",
                f"{timesteps} steps and {horizon} ahead, but the {part} part has {len(steps)}"
                " steps",
                "Expected a shorter window or horizon, a longer series or another data.split",
            )
    return bounds


def fitted_codec(
    series: Series, steps: int, data: ForecastingData, season: int | None
) -> SeriesCodec:
    """The codec of a series, fitted on its first `steps`, the training part."""
    return SeriesCodec.fit(
        series,
        steps,
        standard=data.scale == "standard",
        transform=data.transform,
        lag=data.lag(season),
    )


def refitted_codec(
    start: SeriesCodec, series: Series, steps: int, data: ForecastingData, season: int | None
) -> SeriesCodec:
    """That of another run with the scale of this training part: weights read numbers on a scale,
    whatever the level of a series is.

    Raises:
        RnnkitError: If the other run reads or forecasts something else.
    """
    require_same_columns(start, series)
    if start.transform != data.transform:
        got = f"{data.transform}, and the run to start from has {start.transform}"
        hint = f"Write `transform: {start.transform}`"
        raise RnnkitError("data.transform", got, "Expected the same: its weights are reused", hint)
    for key, own, other in (
        ("known", series.known, start.known),
        ("cycles", series.cycles, start.cycles),
    ):
        if set(own) != set(other):
            got = f"{list(own)}, and the run to start from has {list(other)}"
            hint = f"Write `{key}: [{', '.join(other)}]`"
            expected = "Expected the same: its weights are reused"
            raise RnnkitError(f"data.dataset.{key}", got, expected, hint)
    return start.refitted(series, steps, standard=data.scale == "standard", lag=data.lag(season))


def rescaled(start: SeriesCodec, codec: SeriesCodec) -> list[str]:
    """A line about the scale of the targets, which is not that of the run to start from."""
    scales = [
        f"{name} {own:.6g} +- {size:.4g}, there {other:.6g} +- {other_size:.4g}"
        for name, own, size, other, other_size in zip(
            codec.names[: codec.outputs],
            codec.scaler.mean,
            codec.scaler.scale,
            start.scaler.mean,
            start.scaler.scale,
            strict=False,
        )
    ]
    return [
        "the scale is that of this training part, not that of the run to start from:"
        f" {'; '.join(scales[:SHOWN_SCALES])}"
    ]


def require_same_columns(codec: SeriesCodec, series: Series) -> None:
    """Checks that the codec of another run is one of such a series.

    Raises:
        RnnkitError: If the series has other columns or other targets.
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
    """What the model sees of a series, and what it answers."""
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
    bounds: Mapping[str, range],
    shape: WindowShape,
    horizon: int,
) -> dict[str, SeriesPart]:
    """The windows of each part that forecast no imputed number.

    Args:
        series: The whole of it.
        values: The same in the network's numbers, (steps, features).
        bounds: The steps of each part.
        shape: What the model sees and answers.
        horizon: Steps that are scored after each origin.

    Raises:
        RnnkitError: If a part is shorter than a window.
    """
    filled_before = np.append(0, np.cumsum(series.filled))
    parts = {}
    for name, steps in bounds.items():
        origins = np.arange(max(steps.start, shape.timesteps), steps.stop - horizon + 1)
        is_real = filled_before[origins + horizon] == filled_before[origins]
        if not is_real.any():
            got = (
                f"no window of {shape.timesteps} steps and {horizon} real ones ahead in the"
                f" {len(steps):,} steps of {name}"
            )
            expected = "Expected a longer series, with fewer gaps"
            raise RnnkitError("task.forecasting.timesteps", got, expected)
        left_out = int((~is_real).sum())
        parts[name] = SeriesPart(series, len(steps), values, origins[is_real], shape, left_out)
    return parts


def describe(codec: SeriesCodec, parts: Mapping[str, SeriesPart]) -> list[str]:
    """Sizes, times and features, then what was imputed, dropped or constant."""
    train = parts["train"]
    series, own = train.series, {name: part for name, part in parts.items() if name != "data"}
    sizes = (
        f"{name} {part.steps:,} steps in {len(part):,} windows of {part.shape.timesteps}"
        for name, part in own.items()
    )
    lines = [", ".join(sizes)]
    if "data" in parts:
        lines.append(f"data {len(parts['data']):,} windows")
    if series.times is not None:
        step = f", a step of {series.step}" if series.step else ""
        first, last = shown_time(series.times[0]), shown_time(series.times[len(series) - 1])
        lines.append(f"from {first} to {last}{step}")
    if len(codec.names) > 1:
        lines.append(f"{len(codec.names)} features: {', '.join(codec.names)}")
        features = zip(codec.names, codec.is_known, strict=True)
        if known := [name for name, is_known in features if is_known]:
            lines.append(f"known in advance: {', '.join(known)}")
    further = parts["data"].series.notes if "data" in parts else ()
    return [*lines, *series.notes, *further, *_left_out(parts)]


def _left_out(parts: Mapping[str, SeriesPart]) -> list[str]:
    return [
        f"{name}: {part.left_out:,} windows would forecast an imputed number, and are left out"
        for name, part in parts.items()
        if part.left_out
    ]


def constant_columns(part: SeriesPart) -> list[str]:
    """A line about each column that never changes, so there is nothing to learn from it."""
    return [
        f"{name}: {values[0]} at each of the {part.steps:,} steps of the training part: there is"
        " nothing to learn from it"
        for name, values in part.series.columns.items()
        if (values[: part.steps] == values[0]).all()
    ]
