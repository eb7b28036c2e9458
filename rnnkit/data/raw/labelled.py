"""Labelled texts, and how they are divided into parts."""

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
        texts: Raw texts; tuples of tokens where they are cut already; arrays where they are
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
    """What a labelled data set brings: examples by part, the parts that its authors made, and what
    was left out.
    """

    parts: dict[str, Examples]
    notes: list[str] = field(default_factory=list)


def places(found: Sequence[str]) -> str:
    """The first few places, and how many more there are."""
    more = f" and {len(found) - SHOWN_PLACES:,} more" if len(found) > SHOWN_PLACES else ""
    return ", ".join(found[:SHOWN_PLACES]) + more


def stratified(
    examples: Examples, shares: dict[str, float], random_seed: int
) -> dict[str, np.ndarray]:
    """Indices of each part, with about the same share of every label in each; equal texts stay in
    one part.

    Args:
        examples: All of them.
        shares: Parts to hold out and their shares; the rest is "train".
        random_seed: The same seed gives the same parts, whatever the training's own seed.
    """
    groups: dict[Any, list[int]] = {}
    for index, text in enumerate(examples.texts):
        groups.setdefault(_content(text), []).append(index)
    by_label: dict[str, list[list[int]]] = {}
    frequency = Counter(name for label in examples.labels for name in label)
    for members in groups.values():
        label = examples.labels[members[0]]
        # A text with several labels counts for its rarest one.
        by_label.setdefault(
            min(label, key=lambda name: (frequency[name], name), default=""), []
        ).append(members)
    generator = np.random.default_rng(random_seed)
    chosen: dict[str, list[int]] = {part: [] for part in ("train", *shares)}
    for _, members_of in sorted(by_label.items()):
        left = generator.permutation(len(members_of))
        for part, share in shares.items():
            size = min(round(share * len(members_of)), len(left) - 1)
            # The test comes from the other end, so that it is the same whatever the share of
            # validation.
            taken, left = (
                (left[len(left) - size :], left[: len(left) - size])
                if part == "test"
                else (left[:size], left[size:])
            )
            chosen[part] += [index for group in taken for index in members_of[group]]
        chosen["train"] += [index for group in left for index in members_of[group]]
    return {part: np.sort(np.array(indices, np.int64)) for part, indices in chosen.items()}


def last(examples: Examples, shares: dict[str, float]) -> dict[str, np.ndarray]:
    """Indices of each part, cut off at the end in the order of the data: first validation, then
    test.
    """
    ends = np.cumsum([round(share * len(examples)) for share in shares.values()])
    cuts = (
        [len(examples) - int(ends[-1]) + end for end in [0, *ends[:-1].tolist()]] if shares else []
    )
    return dict(zip(["train", *shares], np.split(np.arange(len(examples)), cuts), strict=True))


def repeated_texts(part: Examples, other: Examples) -> int:
    """How many texts of `part` stand in `other` too."""
    known = set(map(_content, other.texts))
    return sum(_content(text) in known for text in part.texts)


def _content(text: Any) -> Any:
    """What equal texts have in common."""
    return text.tobytes() if isinstance(text, np.ndarray) else text


def label_counts(labels: Iterable[Label]) -> Counter[str]:
    """How many texts have each label."""
    return Counter(name for label in labels for name in label)
