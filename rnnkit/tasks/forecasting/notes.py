"""Remarks on a series before training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnnkit.data.encode.series import SeriesCodec
from rnnkit.data.raw.labelled import places
from rnnkit.data.times.clock import shown_time
from rnnkit.quantities import counted
from rnnkit.tasks.forecasting.data import SeriesPart

SHOWN_NOTES = 20
SHOWN_SCALES = 5


def describe(codec: SeriesCodec, parts: Mapping[str, SeriesPart]) -> list[str]:
    """Lines on sizes, times and features, then on what was imputed or left out."""
    train = parts["train"]
    series, split = train.series, {name: part for name, part in parts.items() if name != "data"}
    sizes = (
        f"{name} {counted(part.steps, 'step')} in {counted(len(part), 'window')} of"
        f" {part.shape.timesteps}"
        for name, part in split.items()
    )
    lines = [", ".join(sizes)]
    if "data" in parts:
        lines.append(f"data {counted(len(parts['data']), 'window')}")
    if series.times is not None:
        step = f", a step of {series.step}" if series.step else ""
        history = series.times[: len(series)]
        lines.append(f"from {shown_time(history.min())} to {shown_time(history.max())}{step}")
    if series.members:
        lines.append(f"{len(series.members):,} series: {places(series.names)}")
        lines += _without_windows(split)
    if len(codec.names) > 1:
        lines.append(f"{len(codec.names)} features: {', '.join(codec.names)}")
        features = zip(codec.names, codec.is_known, strict=True)
        if known := [name for name, is_known in features if is_known]:
            lines.append(f"known in advance: {', '.join(known)}")
    further = parts["data"].series.notes if "data" in parts else ()
    return [*lines, *_shortened(series.notes), *_shortened(further), *_left_out(parts)]


def _shortened(notes: Sequence[str]) -> list[str]:
    """The first notes, and the number of further ones."""
    if len(notes) <= SHOWN_NOTES:
        return list(notes)
    more = counted(len(notes) - SHOWN_NOTES, "more line", "more lines")
    return [*notes[:SHOWN_NOTES], f"and {more} like these"]


def _without_windows(parts: Mapping[str, SeriesPart]) -> list[str]:
    """A line about each part in which some series are too short for a window."""
    lines = []
    for name, part in parts.items():
        with_windows = set(part.members.tolist())
        short = [
            series
            for index, (series, steps) in enumerate(zip(part.series.names, part.spans, strict=True))
            if index not in with_windows and steps
        ]
        if short:
            lines.append(f"{name}: no window in {len(short):,} of the series: {places(short)}")
    return lines


def _left_out(parts: Mapping[str, SeriesPart]) -> list[str]:
    return [
        f"{name}: {counted(part.left_out, 'window')} left out, with an imputed number to forecast"
        for name, part in parts.items()
        if part.left_out
    ]


def constant_columns(part: SeriesPart) -> list[str]:
    """A line about each column that is constant in the training set."""
    training = part.series.within(part.spans)
    return [
        f"{name}: {values[0]} at each of the {counted(part.steps, 'step')} of the training set:"
        " there is nothing to learn from it"
        for name, values in training.columns.items()
        if (values == values[0]).all()
    ]


def rescaled(start: SeriesCodec, codec: SeriesCodec) -> list[str]:
    """A line about the scale of the targets, compared with that of the run to start from."""
    scales = [
        f"{name} {mean:.6g} +- {scale:.4g}, there {start_mean:.6g} +- {start_scale:.4g}"
        for name, mean, scale, start_mean, start_scale in zip(
            codec.names[: codec.outputs],
            codec.scaler.mean,
            codec.scaler.scale,
            start.scaler.mean,
            start.scaler.scale,
            strict=False,
        )
    ]
    return [
        "the scale is that of this training set, not that of the run to start from:"
        f" {'; '.join(scales[:SHOWN_SCALES])}"
    ]


def lost_changes(codec: SeriesCodec, part: SeriesPart) -> list[str]:
    """A line about each feature so far from 0 that the network's float32 loses its changes."""
    first = part.shape.targets if part.shape.lag else 0  # targets are read as changes
    values = np.concatenate([part.values[span.start : span.stop, first:] for span in part.spans])
    errors = np.abs(values.astype(np.float32) - values).max(axis=0)
    lost = (errors > values.std(axis=0) / 100) & (np.ptp(values, axis=0) > 0)
    return [
        f"{name}: its numbers are so large that the network does not see their changes; write"
        " `data.scale: standard`"
        for name, is_lost in zip(codec.names[first:], lost, strict=True)
        if is_lost
    ]
