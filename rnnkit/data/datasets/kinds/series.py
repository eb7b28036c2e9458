"""The base of data sets of time series."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence

import numpy as np

from rnnkit.data.datasets.kinds.base import Dataset
from rnnkit.data.raw.series import Series
from rnnkit.data.times.clock import times_at
from rnnkit.data.times.step import Step
from rnnkit.errors import RnnkitError
from rnnkit.registry import name_of

SAMPLE_STEPS = 600


class SeriesDataset(Dataset):
    """The base of data sets of time series."""

    @property
    def source(self) -> str:
        """The file of the series; "" if there is none."""
        return ""

    @property
    def has_choices(self) -> bool:
        """Whether a target is categorical."""
        return False

    @property
    def has_several(self) -> bool:
        """Whether the config names columns that identify several series."""
        return getattr(self, "series", None) not in (None, [])

    @property
    def unknown_columns(self) -> list[str]:
        """The columns that are neither forecast nor known in advance."""
        return []

    @abstractmethod
    def load(self) -> Series:
        """Loads the series.

        Raises:
            RnnkitError: If it is not available or cannot be read.
        """

    @abstractmethod
    def sample(self) -> Series:
        """A small generated series, for `--smoke`."""

    def read(self, path: str, step: Step | None = None) -> Series:
        """Reads a further table with the columns of this series.

        Args:
            path: The file.
            step: The step of the trained series, in case the table is too short to tell.

        Raises:
            RnnkitError: If it does not exist or is invalid, or if this series has no columns.
        """
        raise self._without_columns("a file")

    def read_further(self, data: object, step: Step | None = None) -> Series:
        """Reads a further series, from a file by its path or from memory."""
        dataset = self.further
        if isinstance(data, str):
            return dataset.read(data, step)
        return dataset.read_table(data, step)

    def read_table(self, data: object, step: Step | None = None) -> Series:
        """Reads a further series from memory: a DataFrame, a Series, a list or an array."""
        raise self._without_columns("a table")

    def _without_columns(self, what: str) -> RnnkitError:
        got = f"{what} for the data set {name_of('dataset', type(self))}"
        return RnnkitError("", got, "Expected a run of the data set series")


def sample_times(step: Step) -> np.ndarray:
    """The times of a sample, from the year 2000."""
    beginning = times_at(np.array(["2000-01-01"], "datetime64[us]"), None)[0]
    return step.after(beginning, SAMPLE_STEPS)


def waves(names: Sequence[str], words: Collection[str], steps: int) -> dict[str, np.ndarray]:
    """Generates columns of noisy sine waves; categorical columns are "high" or "low".

    Args:
        names: The columns.
        words: The categorical columns.
        steps: Number of steps.
    """
    generator = np.random.default_rng(0)
    columns: dict[str, np.ndarray] = {}
    for index, name in enumerate(names):
        wave = np.sin(2 * np.pi * np.arange(steps) / 24 + index)
        columns[name] = (
            np.where(wave > 0, "high", "low")
            if name in words
            else 10 + wave + generator.normal(0, 0.1, steps)
        )
    return columns
