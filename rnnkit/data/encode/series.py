"""The codec of time series: features for the network, and forecasts in the original units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from rnnkit.data.encode.scaler import Scaler
from rnnkit.data.encode.unseen import require_seen
from rnnkit.data.raw.series import Series
from rnnkit.data.times.clock import Cycle, cycles
from rnnkit.data.times.step import Step
from rnnkit.errors import RnnkitError, setting
from rnnkit.run import RunFolder
from rnnkit.storage import write_json
from rnnkit.storage.damage import blaming
from rnnkit.storage.records import AGAIN, WHOLE, Record, read_record

Transform = Literal["none", "difference", "return"]
Clock = Literal["local", "UTC"]


class _SeriesFile(Record):
    columns: dict[str, list[str] | None]
    targets: list[str]
    known: list[str]
    cycles: list[Cycle]
    transform: Transform
    mean: list[float]
    scale: list[float]
    step: str | None = None
    clock: Clock | None = None


@dataclass(frozen=True)
class SeriesCodec:
    """Encodes a series as scaled features, and decodes forecasts to the original units.

    Args:
        columns: The categories of each column; None for a numeric column.
        targets: The columns to forecast, which come first.
        known: Columns that are known in advance.
        cycles: Calendar cycles.
        transform: What is forecast of a target: "none", its value; "difference", its change;
            "return", the change of its logarithm.
        scaler: The scale of each feature.
        step: The step of the training series; None if it has none, or an early run did not save it.
        clock: The clock of the cycles; runs that did not save a step used UTC.
    """

    columns: Mapping[str, tuple[str, ...] | None]
    targets: tuple[str, ...]
    known: tuple[str, ...]
    cycles: tuple[Cycle, ...]
    transform: Transform
    scaler: Scaler
    step: Step | None = None
    clock: Clock = "local"

    @classmethod
    def fit(
        cls, series: Series, steps: int, *, standard: bool, transform: Transform, lag: int
    ) -> SeriesCodec:
        """Fits the codec to the first `steps` of a series, the training set.

        Args:
            series: The whole series.
            steps: Number of steps of the training set.
            standard: Whether features are standardized to mean 0 and standard deviation 1; if
                changes are forecast, targets so that changes have a mean square of 1.
            transform: As in the class.
            lag: Steps over which a change is measured; 0 if values are forecast.
        """
        columns = {
            name: tuple(sorted(set(values[:steps].tolist()))) if values.dtype.kind == "U" else None
            for name, values in series.columns.items()
        }
        unscaled = Scaler.fit(np.zeros((1, 1)), standard=False)
        inputs = series.targets, series.known, series.cycles
        codec = cls(columns, *inputs, transform, unscaled)
        return codec.refitted(series, steps, standard=standard, lag=lag)

    def refitted(self, series: Series, steps: int, *, standard: bool, lag: int) -> SeriesCodec:
        """The codec with its scale and step fitted again; arguments as in `fit`."""
        features = self._features(series)[:steps]
        scaler = Scaler.fit(features, standard)
        if lag and standard:
            targets = [features[span.start : span.stop, : self.outputs] for span in series.spans]
            changes = Scaler.of_changes(targets, lag)
            scaler = Scaler(
                np.append(changes.mean, scaler.mean[self.outputs :]),
                np.append(changes.scale, scaler.scale[self.outputs :]),
            )
        step = series.step and Step.parse(str(series.step))
        return replace(self, step=step, scaler=scaler.without(~self._is_number))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features, targets first: a column's name, `column=category`, `day sine`."""
        columns = (
            f"{name}={category}" if category else name
            for name, categories in self.columns.items()
            for category in categories or ("",)
        )
        return (
            *columns,
            *(f"{cycle} {wave}" for cycle in self.cycles for wave in ("sine", "cosine")),
        )

    @cached_property
    def outputs(self) -> int:
        """Number of features forecast at each step."""
        return sum(len(self.columns[name] or (name,)) for name in self.targets)

    @cached_property
    def is_known(self) -> np.ndarray:
        """(features,) whether a feature is known in advance."""
        return self._of_columns(lambda name: name in self.known, of_cycles=True)

    @cached_property
    def _is_number(self) -> np.ndarray:
        return self._of_columns(lambda name: self.columns[name] is None, of_cycles=False)

    def _of_columns(self, predicate: Callable[[str], bool], *, of_cycles: bool) -> np.ndarray:
        """(features,) the value of a predicate for the column of each feature."""
        flags = [
            predicate(name)
            for name, categories in self.columns.items()
            for _ in categories or (name,)
        ]
        return np.array(flags + [of_cycles] * 2 * len(self.cycles))

    @property
    def is_plain(self) -> bool:
        """Whether a window is plain numbers, without categories, calendar or known future."""
        return not self.is_known.any() and all(
            categories is None for categories in self.columns.values()
        )

    @property
    def choices(self) -> tuple[str, ...] | None:
        """The categories of a single categorical target; None for other targets."""
        return self.columns[self.targets[0]] if len(self.targets) == 1 else None

    def encoded(self, series: Series) -> np.ndarray:
        """The scaled features of a series, (steps, features); NaN where the future is unknown.

        They are float64, so that small changes of large values keep their precision. Categories
        that do not occur in the training set are reported in a warning.

        Args:
            series: A series with the columns of this codec.

        Raises:
            RnnkitError: If a target has a category that the training set lacks, or no logarithm,
                or if the step differs from that of the training series.
        """
        if self.step and series.step and str(series.step) != str(self.step):
            got = f"a step of {series.step}, but the run was trained on a step of {self.step}"
            hint = "Train a run on these"
            if series.step.seconds < self.step.seconds:
                hint = f"Write {setting('resample', str(self.step))}, or train a run on these"
            raise RnnkitError("", got, "Expected the same step", hint)
        for name, categories in self.columns.items():
            if categories is not None:
                require_seen(series, name, categories)
        return self.scaler.scaled(self._features(series))

    def observed(self, series: Series) -> np.ndarray:
        """The targets of a series in their original units, (steps, targets) float64, for scores and
        plots; a category is encoded as 0 or 1.
        """
        targets = replace(self, transform="none")._numbers(series, self.targets)
        return np.stack(targets, axis=1)

    def _features(self, series: Series) -> np.ndarray:
        """The features of a series before scaling, (steps, features) float64."""
        columns = self._numbers(series, self.columns)
        times, calendar = series.times, np.empty((series.rows, 0))
        if times is not None:
            is_moved = self.clock == "UTC" and times.tz is not None
            calendar = cycles(times.tz_convert("UTC") if is_moved else times, self.cycles)
        return np.concatenate([np.stack(columns, axis=1), calendar], axis=1)

    def _numbers(self, series: Series, names: Iterable[str]) -> list[np.ndarray]:
        """The features of these columns, each (steps,) float64."""
        features = []
        for name in names:
            values, categories = series.columns[name], self.columns[name]
            if categories is not None:
                features += [(values == category).astype(np.float64) for category in categories]
            elif name in self.targets and self.transform == "return":
                features.append(series.logarithm(name))
            else:
                features.append(values.astype(np.float64))
        return features

    def decoded(self, numbers: np.ndarray) -> np.ndarray:
        """Converts scaled targets, (..., targets), to the original units."""
        values = self.scaler.unscaled(numbers)
        return np.exp(values) if self.transform == "return" else values

    def save(self, run: RunFolder) -> None:
        """Writes it to the run folder."""
        scale = {"mean": self.scaler.mean.tolist(), "scale": self.scaler.scale.tolist()}
        columns = {
            "targets": self.targets,
            "known": self.known,
            "cycles": self.cycles,
            "transform": self.transform,
            "columns": self.columns,
            "step": self.step and str(self.step),
            "clock": self.clock,
        }
        write_json(run.scaler, {**columns, **scale})

    @classmethod
    def load(cls, run: RunFolder) -> SeriesCodec:
        """The codec of a run.

        Raises:
            RnnkitError: If the file is missing or damaged.
        """
        content = read_record(run.scaler, _SeriesFile)
        with blaming(str(run.scaler), expected=WHOLE, hint=AGAIN):
            columns = {
                name: None if labels is None else tuple(labels)
                for name, labels in content.columns.items()
            }
            codec = cls(
                columns,
                tuple(content.targets),
                tuple(content.known),
                tuple(content.cycles),
                content.transform,
                Scaler.of(content.mean, content.scale),
                Step.parse(content.step) if content.step else None,
                content.clock or ("local" if "step" in content.model_fields_set else "UTC"),
            )
            if (
                not codec.targets
                or not {*codec.targets, *codec.known} <= columns.keys()
                or len(codec.names) != len(codec.scaler.mean)
            ):
                raise ValueError("no columns with their mean and scale")
        return codec
