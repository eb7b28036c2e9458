"""A series to a network's numbers, and forecasts back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from rnnkit.data.encode.scaler import Scaler
from rnnkit.data.raw.labelled import places
from rnnkit.data.raw.series import Series
from rnnkit.data.read.clock import Cycle, cycles
from rnnkit.errors import RnnkitError, here
from rnnkit.progress import log
from rnnkit.run import RunFolder
from rnnkit.storage import read_json, write_json

Transform = Literal["none", "difference", "return"]


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
    """

    columns: Mapping[str, tuple[str, ...] | None]
    targets: tuple[str, ...]
    known: tuple[str, ...]
    cycles: tuple[Cycle, ...]
    transform: Transform
    scaler: Scaler

    @classmethod
    def fit(
        cls, series: Series, steps: int, *, standard: bool, transform: Transform, lag: int
    ) -> SeriesCodec:
        """The codec of the first `steps` of a series, the training part.

        Args:
            series: The whole series.
            steps: How many of its steps may be known.
            standard: Whether numbers get mean 0 and deviation 1; where changes are forecast,
                changes of a mean square of 1.
            transform: As of the class.
            lag: Steps over which a change is measured; 0 where values are forecast.
        """
        columns = {
            name: tuple(sorted(set(values[:steps].tolist()))) if values.dtype.kind == "U" else None
            for name, values in series.columns.items()
        }
        codec = cls(
            columns,
            series.targets,
            series.known,
            series.cycles,
            transform,
            Scaler.fit(np.zeros((1, 1)), standard=False),
        )
        features = codec._features(series)[:steps]
        scaler = Scaler.fit(features, standard)
        if lag and standard:
            changes = Scaler.of_changes(features[:, : codec.outputs], lag)
            scaler = Scaler(
                np.append(changes.mean, scaler.mean[codec.outputs :]),
                np.append(changes.scale, scaler.scale[codec.outputs :]),
            )
        return replace(codec, scaler=scaler.but_for(~codec._is_number))

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
        """A series in the network's numbers, (steps, features) float32; not a number where the
        future is not known. What the training part did not have is remarked.

        Args:
            series: With the columns of this codec.

        Raises:
            RnnkitError: If a target has a category that the training part lacks, or has no
                logarithm.
        """
        for name, categories in self.columns.items():
            values = series.columns[name]
            unseen = [
                index
                for index, value in enumerate(values.tolist() if categories is not None else ())
                if value and value not in categories  # type: ignore[operator]
            ]
            if unseen and name in self.targets:
                got = f"{name} is {str(values[unseen[0]])!r}, which the training part does not have"
                expected = f"Expected one of: {', '.join(categories or ())}"
                raise RnnkitError(series.place(unseen[0]), got, expected)
            if unseen:
                kinds = sorted({repr(str(values[index])) for index in unseen})[:5]
                remark = (
                    f"{name}: {len(unseen):,} steps of {', '.join(kinds)}, which the training part"
                    " does not have, are read as none of its categories:"
                    f" {places([series.place(index) for index in unseen])}"
                )
                log.warning(here(remark))
        return self._scaled(series)

    def observed(self, series: Series) -> np.ndarray:
        """The targets of a series as they are scored and drawn, (steps, targets)."""
        return self.decoded(self._scaled(series)[:, : self.outputs])

    def _scaled(self, series: Series) -> np.ndarray:
        return self.scaler.scaled(self._features(series)).astype(np.float32)

    def _features(self, series: Series) -> np.ndarray:
        """(steps, features) float64, before they are scaled."""
        found = []
        for name, categories in self.columns.items():
            values = series.columns[name]
            if categories is not None:
                found += [(values == category).astype(np.float64) for category in categories]
            elif name in self.targets and self.transform == "return":
                found.append(_logarithm(series, name))
            else:
                found.append(values)
        calendar = (
            cycles(series.times, self.cycles)
            if series.times is not None
            else np.empty((series.rows, 0))
        )
        return np.concatenate([np.stack(found, axis=1), calendar], axis=1)

    def decoded(self, numbers: np.ndarray) -> np.ndarray:
        """Scaled targets, (..., targets), in the series' own units."""
        values = self.scaler.unscaled(numbers.astype(np.float64))
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
        }
        write_json(run.scaler, {**about, **scale})

    @classmethod
    def load(cls, run: RunFolder) -> SeriesCodec:
        """The codec of a run.

        Raises:
            RnnkitError: If the file is missing or damaged.
        """
        content = read_json(run.scaler)
        try:
            columns = {
                str(name): None if found is None else tuple(map(str, found))
                for name, found in content["columns"].items()
            }
            named = [tuple(map(str, content[key])) for key in ("targets", "known", "cycles")]
            codec = cls(
                columns,
                named[0],
                named[1],
                named[2],  # type: ignore[arg-type]
                content["transform"],
                Scaler.of(content["mean"], content["scale"]),
            )
            if (
                not codec.targets
                or not {*codec.targets, *codec.known} <= columns.keys()
                or len(codec.names) != len(codec.scaler.mean)
            ):
                raise ValueError
        except (AttributeError, KeyError, TypeError, ValueError):
            raise RnnkitError(
                str(run.scaler),
                "damaged: no columns with their mean and scale",
                "",
                "Copy the run again, or train again",
            ) from None
        return codec


def _logarithm(series: Series, name: str) -> np.ndarray:
    values = series.columns[name]
    if (wrong := np.flatnonzero(values <= 0)).size:
        got = f"return, but {name} is {values[wrong[0]]:g} at {series.place(int(wrong[0]))}"
        raise RnnkitError(
            "data.transform", got, "Expected numbers above 0", "Write `transform: difference`"
        )
    return np.log(values)
