"""Labelled texts."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.data.raw.labelled import (
    Examples,
    Label,
    label_counts,
    places,
    repeated_texts,
)


def of_labels(labels: list[str]) -> Examples:
    """A text of its own for each label."""
    return examples(
        [f"text {index}" for index in range(len(labels))], [(label,) for label in labels]
    )


def examples(texts: list[str], labels: list[Label]) -> Examples:
    return Examples(texts, labels, lambda index: f"row {index + 1}")


def test_take_keeps_labels_and_places() -> None:
    found = of_labels(["a", "b", "c"])
    taken = found.take(np.array([2, 0])).take([1, 0, 1])
    assert len(taken) == 3
    assert list(taken.texts) == ["text 0", "text 2", "text 0"]
    assert list(taken.labels) == [("a",), ("c",), ("a",)]
    assert [taken.place(index) for index in range(3)] == ["row 1", "row 3", "row 1"]


def test_repeated_texts_counts_texts_of_the_other_part() -> None:
    train, other = examples(["x", "y"], [("a",), ("b",)]), examples(["y", "y", "z"], [("a",)] * 3)
    assert repeated_texts(other, train) == 2
    assert repeated_texts(train, other) == 1


def test_label_counts_counts_every_label() -> None:
    assert label_counts([("a",), ("a", "b"), ()]) == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (["1"], "1"),
        (list("12345"), "1, 2, 3, 4, 5"),
        (list("123456"), "1, 2, 3, 4, 5 and 1 more"),
        ([str(i) for i in range(2005)], "0, 1, 2, 3, 4 and 2,000 more"),
    ],
)
def test_places_names_the_first_five(found: list[str], shown: str) -> None:
    assert places(found) == shown
