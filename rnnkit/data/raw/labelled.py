"""Labelled texts."""

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
            None if there are none.
        columns: What further columns say of each text, where a split asks for them.
        weights: How much each text counts in training, (texts,) float32 above 0; None if all
            count alike.
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
        """Of texts, tokenized or not, with their labels and features."""
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
        """The named examples, in that order."""
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
    """What a labelled data set brings: examples by part, its own parts, and what
    was left out.
    """

    parts: dict[str, Examples]
    notes: list[str] = field(default_factory=list)


def places(found: Sequence[str]) -> str:
    """The first few places, and how many more there are."""
    more = f" and {len(found) - SHOWN_PLACES:,} more" if len(found) > SHOWN_PLACES else ""
    return ", ".join(found[:SHOWN_PLACES]) + more


def counted_rows(found: Sequence[str]) -> str:
    """Their number, in words of a remark: "1 row", "2,000 rows"."""
    return counted(len(found), "row")


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


def lacking_labels(parts: Mapping[str, Examples], unit: str) -> list[str]:
    """A line for each part that lacks labels of the training set.

    Args:
        parts: All of them.
        unit: What an example is: "text".
    """
    known = label_counts(parts["train"].labels)
    lines = []
    for part in parts.keys() - {"train"}:
        there = {name for label in parts[part].labels for name in label}
        if missing := sorted(known.keys() - there):
            names = places([" ".join(name.split())[:SHOWN_CHARACTERS] for name in missing])
            them = "it" if len(missing) == 1 else "them"
            lines.append(f"{part} has no {unit} with {names}: its scores say nothing about {them}")
    return sorted(lines, reverse=True)
