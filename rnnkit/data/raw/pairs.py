"""Pairs of source and target texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.checksums import checksum_of


@dataclass(frozen=True)
class Pairs:
    """Source texts with their targets; a source may occur several times with different targets.

    Args:
        sources: (pairs,) raw texts.
        targets: (pairs,) the target of each source.
        place: Names the origin of the pair at an index, such as "fra.tsv: row 17".
        columns: Extra columns that a split needs, (pairs,) each.
    """

    sources: Sequence[str]
    targets: Sequence[str]
    place: Callable[[int], str]
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def checksum(self) -> str:
        """Checksum of all texts."""
        return checksum_of(self.sources, self.targets)

    def take(self, indices: Sequence[int] | np.ndarray) -> Pairs:
        """The pairs at these indices, in this order."""
        chosen = [int(index) for index in indices]
        return Pairs(
            [self.sources[index] for index in chosen],
            [self.targets[index] for index in chosen],
            lambda index: self.place(chosen[index]),
            {name: [values[row] for row in chosen] for name, values in self.columns.items()},
        )


@dataclass
class Paired:
    """What a data set of pairs yields: its pairs by part, and notes on what was left out."""

    parts: dict[str, Pairs]
    notes: list[str] = field(default_factory=list)


def same_source(source: str) -> str:
    """Normalizes a source: sources that differ in case or white space are the same."""
    return " ".join(source.casefold().split())


def by_source(sources: Sequence[str]) -> list[np.ndarray]:
    """The indices of the pairs of each distinct source, in order of first occurrence."""
    groups: dict[str, list[int]] = {}
    for index, source in enumerate(sources):
        groups.setdefault(same_source(source), []).append(index)
    return [np.array(members) for members in groups.values()]


def repeated_sources(part: Pairs, other: Pairs) -> int:
    """Counts the pairs of `part` whose source also occurs in `other`."""
    known = {same_source(source) for source in other.sources}
    return sum(same_source(source) in known for source in part.sources)
