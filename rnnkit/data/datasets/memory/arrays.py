"""Sequences of numbers in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import PrivateAttr

from rnnkit.config.spec import validated
from rnnkit.data.datasets.arrays import read_further, require_one_width
from rnnkit.data.datasets.kinds.arrays import ArrayDataset
from rnnkit.data.datasets.memory.base import ARGUMENTS, MemoryDataset
from rnnkit.data.formats.sequences import sequences_of
from rnnkit.data.memory.arrays import arrays_of, require_known_arrays
from rnnkit.data.memory.data import data_of_arrays
from rnnkit.data.raw.labelled import Labelled
from rnnkit.data.read.labelled_arrays import labelled_arrays
from rnnkit.errors import at


class MemoryArrays(MemoryDataset, ArrayDataset):
    """Sequences of numbers with labels in memory: (x, y), or a list of (sequence, label)."""

    has_columns: ClassVar[bool] = True

    _are_named: bool = PrivateAttr(False)
    """Whether the user named each array, so that unknown names are errors."""

    @classmethod
    def _of(cls, parts: Mapping[str, object], keys: Mapping[str, Any], keep_data: bool) -> Self:
        arrays = {}
        for part, data in parts.items():
            with at(ARGUMENTS[part]):
                arrays[part] = arrays_of(data)
        dataset = validated(cls, keys)
        dataset._held = data_of_arrays(arrays)
        dataset._are_named = all(isinstance(data, Mapping) for data in parts.values())
        return dataset

    @property
    def used(self) -> list[str]:
        return []

    def load(self, *, each_step: bool) -> Labelled:
        parts = {}
        for part, arrays in self.held.arrays.items():
            with at(ARGUMENTS[part]):
                kept = tuple(self.kept) if part == "train" else ()
                if self._are_named:
                    require_known_arrays(arrays, self.kept)
                sequences = sequences_of(arrays, "")
            parts[part] = labelled_arrays(
                sequences, arrays, ARGUMENTS[part], each_step=each_step, kept=kept
            )
        with at("data"):
            require_one_width(parts)
        return Labelled(parts)

    def sample(self, *, each_step: bool) -> Labelled:
        return self.load(each_step=each_step)

    def read(self, path: str, *, each_step: bool) -> Labelled:
        return read_further(path, each_step=each_step)
