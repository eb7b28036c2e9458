"""A series to a network's numbers, and forecasts back."""

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
    """A series to the network's numbers, and forecasts back to the series' own units.

    Args:
        columns: Each column's categories; None for a column of numbers.
        targets: The columns to forecast, the first ones.
        known: Columns that are known in advance.
        cycles: Cycles of the calendar.
        transform: What of a target is forecast: "none", the value; "difference", its change;
            "return", the change of its logarithm.
        scaler: The scale of each feature.
        step: The step of the training series; None if it has none, or if the run did not keep it.
        clock: The clock of the cycles; runs that did not keep a step had them in UTC.
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
        """The codec of the first `steps` of a series, the training set.

        Args:
            series: The whole series.
            steps: How many of its steps may be known.
            standard: Whether numbers get mean 0 and deviation 1; where changes are forecast,
                changes of a mean square of 1.
            transform: As in the class.
            lag: Steps over which a change is measured; 0 where values are forecast.
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
        """The same on the scale of the first `steps` of a series; arguments as in `fit`."""
        features = self._features(series)[:steps]
        scaler = Scaler.fit(features, standard)
        if lag and standard:
            each = [features[span.start : span.stop, : self.outputs] for span in series.spans]
            changes = Scaler.of_changes(each, lag)
            scaler = Scaler(
                np.append(changes.mean, scaler.mean[self.outputs :]),
                np.append(changes.scale, scaler.scale[self.outputs :]),
            )
        step = series.step and Step.parse(str(series.step))
        return replace(self, step=step, scaler=scaler.but_for(~self._is_number))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features, targets first: a column's name, `column=category`, `day sine`."""
        columns = (
            f"{name}={category}" if category else name
            for name, found in self.columns.items()
            for category in found or ("",)
        )
        return (
            *columns,
            *(f"{cycle} {wave}" for cycle in self.cycles for wave in ("sine", "cosine")),
        )

    @cached_property
    def outputs(self) -> int:
        """How many features are forecast at each step."""
        return sum(len(self.columns[name] or (name,)) for name in self.targets)

    @cached_property
    def is_known(self) -> np.ndarray:
        """(features,) whether a feature is known in advance."""
        return self._of_columns(lambda name: name in self.known, of_cycles=True)

    @cached_property
    def _is_number(self) -> np.ndarray:
        return self._of_columns(lambda name: self.columns[name] is None, of_cycles=False)

    def _of_columns(self, says: Callable[[str], bool], *, of_cycles: bool) -> np.ndarray:
        flags = [
            says(name) for name, categories in self.columns.items() for _ in categories or (name,)
        ]
        return np.array(flags + [of_cycles] * 2 * len(self.cycles))

    @property
    def is_plain(self) -> bool:
        """Whether a window is numbers that anyone can type: no categories, calendar, or future that
        is known.
        """
        return not self.is_known.any() and all(
            categories is None for categories in self.columns.values()
        )

    @property
    def choices(self) -> tuple[str, ...] | None:
        """The categories, where the one target is a column of categories."""
        return self.columns[self.targets[0]] if len(self.targets) == 1 else None

    def encoded(self, series: Series) -> np.ndarray:
        """A series in the network's numbers, (steps, features) float64, so that changes of a high
        level keep their digits; not a number where the future is not known. What the training set
        did not have is remarked.

        Args:
            series: With the columns of this codec.

        Raises:
            RnnkitError: If a target has a category that the training set lacks, or has no
                logarithm, or the series has another step than the training series.
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
        """The targets of a series as they were read, (steps, targets) float64; of a category 0 or
        1. They are scored and drawn.
        """
        targets = replace(self, transform="none")._numbers(series, self.targets)
        return np.stack(targets, axis=1)

    def _features(self, series: Series) -> np.ndarray:
        """(steps, features) float64, before they are scaled."""
        found = self._numbers(series, self.columns)
        times, calendar = series.times, np.empty((series.rows, 0))
        if times is not None:
            is_moved = self.clock == "UTC" and times.tz is not None
            calendar = cycles(times.tz_convert("UTC") if is_moved else times, self.cycles)
        return np.concatenate([np.stack(found, axis=1), calendar], axis=1)

    def _numbers(self, series: Series, names: Iterable[str]) -> list[np.ndarray]:
        """(steps,) of each feature of these columns, float64."""
        found = []
        for name in names:
            values, categories = series.columns[name], self.columns[name]
            if categories is not None:
                found += [(values == category).astype(np.float64) for category in categories]
            elif name in self.targets and self.transform == "return":
                found.append(series.logarithm(name))
            else:
                found.append(values.astype(np.float64))
        return found

    def decoded(self, numbers: np.ndarray) -> np.ndarray:
        """Scaled targets, (..., targets), in the series' own units."""
        values = self.scaler.unscaled(numbers)
        return np.exp(values) if self.transform == "return" else values

    def save(self, run: RunFolder) -> None:
        """Keeps it in the run folder."""
        scale = {"mean": self.scaler.mean.tolist(), "scale": self.scaler.scale.tolist()}
        about = {
            "targets": self.targets,
            "known": self.known,
            "cycles": self.cycles,
            "transform": self.transform,
            "columns": self.columns,
            "step": self.step and str(self.step),
            "clock": self.clock,
        }
        write_json(run.scaler, {**about, **scale})

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
