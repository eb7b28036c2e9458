"""The labels of a classifier: names, counts in the training set, and decision thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import Field

from rnnkit.data.raw.label_names import label_key
from rnnkit.errors import RnnkitError
from rnnkit.storage import write_json
from rnnkit.storage.records import Record, read_record
from rnnkit.storage.schemas import Count


class _LabelsFile(Record):
    names: list[str]
    counts: list[Count]
    texts: Count
    several: bool
    thresholds: tuple[float, ...] = Field((), strict=False)


UNTUNED = 0.5


@dataclass(frozen=True)
class Labels:
    """The labels, in the order of the model's outputs.

    Args:
        names: At least two, or at least one in a multi-label task.
        counts: Number of texts of the training set with each label.
        texts: Number of texts of the training set.
        several: Whether the task is multi-label: a text may have several labels, or none.
        thresholds: In a multi-label task, the probability from which each label is predicted.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...]
    texts: int
    several: bool = False
    thresholds: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def outputs(self) -> int:
        """Number of logits of the model; one if there are two exclusive labels."""
        return 1 if len(self) == 2 and not self.several else len(self)

    def encode(self, labels: Sequence[tuple[str, ...]]) -> np.ndarray:
        """The targets of texts: (texts,) int32 indices, or (texts, labels) float32 indicators in a
        multi-label task.
        """
        if not self.several:
            return np.array([self.position(label) for (label,) in labels], np.int32)
        targets = np.zeros((len(labels), len(self)), np.float32)
        for row, names in enumerate(labels):
            targets[row, [self.position(name) for name in names]] = 1
        return targets

    def position(self, name: str) -> int:
        """The index of a label among the outputs, also if written differently ("1.0", "true").

        Raises:
            KeyError: If there is no such label.
        """
        index = self._indices.get(name)
        return self._indices[label_key(name)] if index is None else index

    def __contains__(self, name: str) -> bool:
        return name in self._indices or label_key(name) in self._indices

    @cached_property
    def _indices(self) -> dict[str, int]:
        exact = {name: index for index, name in enumerate(self.names)}
        return {label_key(name): index for name, index in exact.items()} | exact

    def weights(self) -> np.ndarray:
        """Balanced class weights: (labels,), or (2, labels), absent and present, if multi-label.

        As in scikit-learn's "balanced": texts / (labels * count).
        """
        counts = np.maximum(np.array(self.counts, np.float64), 1)
        if not self.several:
            return (self.texts / (len(self) * counts)).astype(np.float32)
        absent = np.maximum(self.texts - counts, 1)
        return (self.texts / (2 * np.stack([absent, counts]))).astype(np.float32)

    def with_thresholds(self, thresholds: Sequence[float]) -> Labels:
        """The same labels with other thresholds, (labels,)."""
        return replace(self, thresholds=tuple(map(float, thresholds)))

    def untuned(self) -> Labels:
        """The same labels with the default thresholds."""
        return self.with_thresholds((UNTUNED,) * len(self)) if self.several else self

    def with_counts(self, counts: Mapping[str, int]) -> Labels:
        """The same labels with other counts of texts."""
        counted = np.zeros(len(self), np.int64)
        for name, count in counts.items():
            if name in self:
                counted[self.position(name)] += count
        return replace(self, counts=tuple(counted.tolist()))

    def save(self, path: Path) -> None:
        """Writes labels.json."""
        content = {
            "names": list(self.names),
            "counts": list(self.counts),
            "texts": self.texts,
            "several": self.several,
        }
        write_json(path, content | ({"thresholds": list(self.thresholds)} if self.several else {}))

    @classmethod
    def load(cls, path: Path) -> Labels:
        """The labels of a run.

        Raises:
            RnnkitError: If the file is missing or damaged.
        """
        content = read_record(path, _LabelsFile)
        names, several, thresholds = content.names, content.several, content.thresholds
        if (
            len(content.counts) != len(names)
            or (several and len(thresholds) != len(names))
            or len(set(names)) < len(names)
            or len(names) < 2 - several
        ):
            got = "damaged: names, counts and thresholds do not fit together"
            raise RnnkitError(str(path), got, "", "Copy the run again")
        counts = tuple(content.counts)
        return cls(tuple(names), counts, content.texts, several, thresholds)
