"""Pairs of texts: a source, and the target that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.checksums import checksum_of


@dataclass(frozen=True)
class Pairs:
    """Sources with their targets. A source may come several times, each time with another target.

    Args:
        sources: Raw texts.
        targets: The text that each becomes.
        place: Where the pair at an index comes from, such as "fra.tsv: row 17".
        columns: What further columns say of each pair, where a split asks for them.
    """

    sources: Sequence[str]
    targets: Sequence[str]
    place: Callable[[int], str]
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def checksum(self) -> str:
        """Of all texts."""
        return checksum_of(self.sources, self.targets)

    def take(self, indices: Sequence[int] | np.ndarray) -> Pairs:
        """The named pairs, in that order."""
        chosen = [int(index) for index in indices]
        return Pairs(
            [self.sources[index] for index in chosen],
            [self.targets[index] for index in chosen],
            lambda index: self.place(chosen[index]),
            {name: [values[row] for row in chosen] for name, values in self.columns.items()},
        )


@dataclass
class Paired:
    """What a data set of pairs brings: pairs by part, its own parts, and what was
    left out.
    """

    parts: dict[str, Pairs]
    notes: list[str] = field(default_factory=list)


def same_source(source: str) -> str:
    """The normal form of a source: case and spaces do not count."""
    return " ".join(source.casefold().split())


def by_source(sources: Sequence[str]) -> list[np.ndarray]:
    """The indices of each different source, in the order in which they come first."""
    groups: dict[str, list[int]] = {}
    for index, source in enumerate(sources):
        groups.setdefault(same_source(source), []).append(index)
    return [np.array(members) for members in groups.values()]


def repeated_sources(part: Pairs, other: Pairs) -> int:
    """How many pairs of `part` have a source that also occurs in `other`."""
    known = {same_source(source) for source in other.sources}
    return sum(same_source(source) in known for source in part.sources)
