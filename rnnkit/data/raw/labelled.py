"""Labelled texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

SHOWN_PLACES = 5

Label = tuple[str, ...]
"""The labels of one text: one, or any number where a text may have several."""


@dataclass(frozen=True)
class Examples:
    """Texts with their labels.

    Args:
        texts: Raw texts; tuples of tokens where they are tokenized; arrays where they are
            sequences of numbers.
        labels: The labels of each.
        place: Where the text at an index comes from, such as "reviews.csv: row 17".
        features: Numbers that describe each text in place of a label, (texts, features) float32;
            None where there are none.
    """

    texts: Sequence[Any]
    labels: Sequence[Label]
    place: Callable[[int], str]
    features: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, indices: Sequence[int] | np.ndarray) -> Examples:
        """The named examples, in that order."""
        chosen = [int(index) for index in indices]
        return Examples(
            [self.texts[index] for index in chosen],
            [self.labels[index] for index in chosen],
            lambda index: self.place(chosen[index]),
            None if self.features is None else self.features[chosen],
        )


@dataclass
class Labelled:
    """What a labelled data set brings: examples by part, its own parts, and what
    was left out.
    """

    parts: dict[str, Examples]
    notes: list[str] = field(default_factory=list)


def places(found: Sequence[str]) -> str:
    """The first few places, and how many more there are."""
    more = f" and {len(found) - SHOWN_PLACES:,} more" if len(found) > SHOWN_PLACES else ""
    return ", ".join(found[:SHOWN_PLACES]) + more


def repeated_texts(part: Examples, other: Examples) -> int:
    """How many texts of `part` also occur in `other`."""
    known = set(map(content, other.texts))
    return sum(content(text) in known for text in part.texts)


def content(text: Any) -> Any:
    """What equal texts have in common."""
    return text.tobytes() if isinstance(text, np.ndarray) else text


def label_counts(labels: Iterable[Label]) -> Counter[str]:
    """How many texts have each label."""
    return Counter(name for label in labels for name in label)
