"""Units of a split: rows that stay in one part (equal texts, or a group), with their labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.data.raw.labelled import Label


@dataclass(frozen=True)
class Units:
    """Units of rows that a split keeps together, with a sparse table of their labels.

    An entry of the table is a unit and a label that some of its rows have.

    Args:
        of_row: (rows,) the unit of each row, numbered in order of first occurrence.
        sizes: (units,) rows of each unit.
        units: (entries,) the unit of each entry, ascending.
        labels: (entries,) the label of each entry, as its index among the sorted names.
        counts: (entries,) rows of the unit that have the label.
        strata: For each label, and last for "no label", the units whose rarest label it is.
        several: Whether any row has more than one label.
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
        """Number of distinct labels."""
        return len(self.strata) - 1

    @classmethod
    def of(cls, keys: Sequence[Hashable], labels: Sequence[Label]) -> Units:
        """Groups rows into units.

        Args:
            keys: (rows,) the key that the rows of a unit share.
            labels: (rows,) the labels of each row.
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
        label_count = max(len(index), 1)
        pairs = np.repeat(of_row, lengths) * label_count + flat
        entries, counts = np.unique(pairs, return_counts=True)
        # a unit belongs to the stratum of the rarest label of its first row
        rarest_of_set = [
            index[min(label, key=lambda name: (frequency[name], name))] if label else len(index)
            for label in sets
        ]
        _, first = np.unique(of_row, return_index=True)
        rarest = np.array(rarest_of_set)[set_of_row[first]]
        order = np.argsort(rarest, kind="stable")
        ends = np.searchsorted(rarest[order], np.arange(len(index)), "right")
        units, of_entries = np.divmod(entries, label_count)
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
        """The rows of these units, ascending."""
        chosen = np.zeros(len(self), bool)
        chosen[units] = True
        return np.flatnonzero(chosen[self.of_row])

    def label_rows(self, units: np.ndarray) -> np.ndarray:
        """(labels,) the number of rows in these units with each label."""
        chosen = np.zeros(len(self), bool)
        chosen[units] = True
        entries = chosen[self.units]
        rows = np.bincount(self.labels[entries], self.counts[entries], self.label_count)
        return rows.astype(np.int64)

    def label_units(self, units: np.ndarray) -> np.ndarray:
        """(labels,) the number of these units with each label."""
        chosen = np.zeros(len(self), bool)
        chosen[units] = True
        return np.bincount(self.labels[chosen[self.units]], minlength=self.label_count)
