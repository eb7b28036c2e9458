"""Labelled examples: texts, tokenized texts or sequences of numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnkit.checksums import checksum_of
from rnnkit.quantities import counted

SHOWN_PLACES = 5
SHOWN_CHARACTERS = 100  # of a label

Label = tuple[str, ...]
"""The labels of one text: exactly one, or any number in a multi-label task."""


@dataclass(frozen=True)
class Examples:
    """Texts with their labels.

    Args:
        texts: (texts,) raw texts, tuples of tokens if they are tokenized, or arrays (timesteps,
            features) if they are sequences of numbers.
        labels: (texts,) the labels of each text.
        place: Names the origin of the text at an index, such as "reviews.csv: row 17".
        features: (texts, features) float32, numbers that describe each text instead of a label;
            None if there are none.
        columns: Extra columns that a split needs, (texts,) each.
        weights: (texts,) float32 sample weights above 0; None for equal weights.
    """

    texts: Sequence[Any]
    labels: Sequence[Label]
    place: Callable[[int], str]
    features: np.ndarray | None = None
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def checksum(self) -> str:
        """Checksum of texts, labels and features."""
        labels = [f"{label}" for label in self.labels]
        further = () if self.features is None else (self.features,)
        if not self.texts or isinstance(self.texts[0], str):
            return checksum_of(self.texts, labels, *further)
        lengths = np.array([len(tokens) for tokens in self.texts])
        if isinstance(self.texts[0], np.ndarray):
            return checksum_of(np.concatenate(list(self.texts)), lengths, labels, *further)
        tokens = [token for sentence in self.texts for token in sentence]
        return checksum_of(tokens, lengths, labels, *further)

    def take(self, indices: Sequence[int] | np.ndarray) -> Examples:
        """The examples at these indices, in this order."""
        chosen = [int(index) for index in indices]
        return Examples(
            [self.texts[index] for index in chosen],
            [self.labels[index] for index in chosen],
            lambda index: self.place(chosen[index]),
            None if self.features is None else self.features[chosen],
            {name: [values[row] for row in chosen] for name, values in self.columns.items()},
            None if self.weights is None else self.weights[chosen],
        )


@dataclass
class Labelled:
    """What a labelled data set yields: its examples by part, and notes on what was left out."""

    parts: dict[str, Examples]
    notes: list[str] = field(default_factory=list)


def places(names: Sequence[str]) -> str:
    """Lists the first few places, and counts the rest."""
    more = f" and {len(names) - SHOWN_PLACES:,} more" if len(names) > SHOWN_PLACES else ""
    return ", ".join(names[:SHOWN_PLACES]) + more


def counted_rows(rows: Sequence[str]) -> str:
    """The number of rows in words: "1 row", "2,000 rows"."""
    return counted(len(rows), "row")


def repeated_texts(part: Examples, other: Examples) -> int:
    """Counts the texts of `part` that also occur in `other`."""
    known = set(map(content, other.texts))
    return sum(content(text) in known for text in part.texts)


def content(text: Any) -> Any:
    """A hashable key that is equal for equal texts."""
    return text.tobytes() if isinstance(text, np.ndarray) else text


def label_counts(labels: Iterable[Label]) -> Counter[str]:
    """The number of texts with each label."""
    return Counter(name for label in labels for name in label)


def lacking_labels(parts: Mapping[str, Examples], unit: str) -> list[str]:
    """Describes, for each held-out part, which labels of the training set it lacks.

    Args:
        parts: All parts, "train" among them.
        unit: What an example is: "text".

    Returns:
        One line for each part that lacks labels.
    """
    known = label_counts(parts["train"].labels)
    lines = []
    for part in parts.keys() - {"train"}:
        present = label_counts(parts[part].labels)
        if missing := sorted(known.keys() - present.keys()):
            names = places([" ".join(name.split())[:SHOWN_CHARACTERS] for name in missing])
            them = "it" if len(missing) == 1 else "them"
            lines.append(f"{part} has no {unit} with {names}: its scores say nothing about {them}")
    return sorted(lines, reverse=True)
