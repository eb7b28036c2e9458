"""What stays in one part: the rows of one text, or of one group, and the labels that they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.data.raw.labelled import Label


@dataclass(frozen=True)
class Units:
    """Rows that stay together, unit by unit.

    Args:
        of_row: (rows,) the unit of each row; units are numbered as they come first.
        sizes: (units,) how many rows each has.
        units: (entries,) ascending; an entry is a unit and a label that it has.
        labels: (entries,) the numbers of these labels, in the order of their names.
        counts: (entries,) how many rows of the unit have the label.
        strata: For each label, and last for none, the units whose rarest one it is.
        several: Whether a row has several labels.
    """

    of_row: np.ndarray
    sizes: np.ndarray
    units: np.ndarray
    labels: np.ndarray
    counts: np.ndarray
    strata: Sequence[np.ndarray]
    several: bool

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def label_count(self) -> int:
        """How many different labels there are."""
        return len(self.strata) - 1

    @classmethod
    def of(cls, keys: Sequence[Hashable], labels: Sequence[Label]) -> Units:
        """The units of rows.

        Args:
            keys: What the rows of a unit have in common, (rows,).
            labels: The labels of each row.
        """
        numbers: dict[Hashable, int] = {}
        of_row = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
        sets: dict[Label, int] = {}
        set_of_row = np.array([sets.setdefault(label, len(sets)) for label in labels], np.int64)
        rows_of_set = np.bincount(set_of_row, minlength=len(sets)).tolist()
        frequency: Counter[str] = Counter()
        for label, rows in zip(sets, rows_of_set, strict=True):
            frequency.update(dict.fromkeys(label, rows))
        index = {name: number for number, name in enumerate(sorted(frequency))}
        of_set = [np.array([index[name] for name in dict.fromkeys(label)], int) for label in sets]
        lengths = np.array([len(names) for names in of_set])[set_of_row]
        flat = np.concatenate([np.empty(0, int), *(of_set[chosen] for chosen in set_of_row)])
        several = max(len(index), 1)
        entries, counts = np.unique(np.repeat(of_row, lengths) * several + flat, return_counts=True)
        # a unit counts for the rarest label of its first row
        rarest_of_set = [
            index[min(label, key=lambda name: (frequency[name], name))] if label else len(index)
            for label in sets
        ]
        _, first = np.unique(of_row, return_index=True)
        rarest = np.array(rarest_of_set)[set_of_row[first]]
        order = np.argsort(rarest, kind="stable")
        ends = np.searchsorted(rarest[order], np.arange(len(index)), "right")
        units, of_entries = np.divmod(entries, several)
        sizes = np.bincount(of_row)
        return cls(
            of_row,
            sizes,
            units,
            of_entries,
            counts,
            np.split(order, ends),
            bool((lengths > 1).any()),
        )

    def rows(self, units: np.ndarray) -> np.ndarray:
        """The rows of some units, ascending."""
        chosen = np.zeros(len(self), bool)
        chosen[units] = True
        return np.flatnonzero(chosen[self.of_row])

    def label_rows(self, units: np.ndarray) -> np.ndarray:
        """(labels,) how many rows of these units have each label."""
        chosen = np.zeros(len(self), bool)
        chosen[units] = True
        kept = chosen[self.units]
        return np.bincount(self.labels[kept], self.counts[kept], minlength=self.label_count).astype(
            np.int64
        )

    def label_units(self, units: np.ndarray) -> np.ndarray:
        """(labels,) how many of these units have each label."""
        chosen = np.zeros(len(self), bool)
        chosen[units] = True
        return np.bincount(self.labels[chosen[self.units]], minlength=self.label_count)
