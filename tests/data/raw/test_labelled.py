"""Labelled texts, divided into parts."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.raw.labelled import (
    Examples,
    Label,
    label_counts,
    last,
    places,
    repeated_texts,
    stratified,
)


def examples(texts: list[str], labels: list[Label]) -> Examples:
    return Examples(texts, labels, lambda index: f"row {index + 1}")


def of_labels(labels: list[str]) -> Examples:
    """A text of its own for each label."""
    return examples(
        [f"text {index}" for index in range(len(labels))], [(label,) for label in labels]
    )


# Few different texts, so that many repeat, with one label or several.
LABELLED = st.lists(
    st.tuples(
        st.sampled_from([f"text {number}" for number in range(30)]),
        st.sets(st.sampled_from("abcd"), max_size=3).map(sorted).map(tuple),
    ),
    min_size=1,
    max_size=80,
).map(lambda rows: examples([text for text, _ in rows], [label for _, label in rows]))
SHARES = st.fixed_dictionaries(
    {}, optional={"validation": st.floats(0.01, 0.6), "test": st.floats(0.01, 0.39)}
)


def test_examples_are_taken_with_their_labels_and_places() -> None:
    found = of_labels(["a", "b", "c"])
    taken = found.take(np.array([2, 0])).take([1, 0, 1])
    assert len(taken) == 3
    assert list(taken.texts) == ["text 0", "text 2", "text 0"]
    assert list(taken.labels) == [("a",), ("c",), ("a",)]
    assert [taken.place(index) for index in range(3)] == ["row 1", "row 3", "row 1"]


@given(LABELLED, SHARES, st.integers(0, 2**32 - 1))
def test_nothing_is_lost_or_doubled_and_equal_texts_stay_together(
    found: Examples, shares: dict[str, float], seed: int
) -> None:
    parts = stratified(found, shares, seed)
    assert list(parts) == ["train", *shares]
    assert sorted(index for rows in parts.values() for index in rows.tolist()) == list(
        range(len(found))
    )
    # in the order of the data
    assert all(rows.tolist() == sorted(rows.tolist()) for rows in parts.values())
    texts = [{found.texts[index] for index in rows} for rows in parts.values()]
    assert sum(map(len, texts)) == len(set.union(*texts))
    assert len(parts["train"]) > 0
    again = stratified(found, shares, seed)
    assert all((again[part] == rows).all() for part, rows in parts.items())


@given(st.lists(st.sampled_from("aaaaabbc"), min_size=1, max_size=150), SHARES, st.integers(0, 99))
def test_each_part_has_its_share_of_every_label(
    labels: list[str], shares: dict[str, float], seed: int
) -> None:
    parts = stratified(of_labels(labels), shares, seed)
    for label, count in Counter(labels).items():
        inside = {
            part: sum(labels[index] == label for index in rows) for part, rows in parts.items()
        }
        assert inside["train"] >= 1  # a rare label stays where it can be learnt
        for part, share in shares.items():
            assert inside[part] <= round(share * count)
        if sum(round(share * count) for share in shares.values()) < count:
            assert [inside[part] for part in shares] == [
                round(share * count) for share in shares.values()
            ]


def test_the_parts_differ_between_seeds_and_are_not_in_order() -> None:
    found = of_labels(["a", "b"] * 100)
    validations = {
        tuple(stratified(found, {"validation": 0.2}, seed)["validation"].tolist())
        for seed in range(5)
    }
    assert len(validations) == 5
    assert tuple(range(160, 200)) not in validations


def test_the_parts_depend_on_nothing_but_the_seed() -> None:
    # A run that is opened elsewhere, or later, must find the same validation part.
    parts = stratified(of_labels(["a"] * 6 + ["b"] * 4), {"validation": 0.3, "test": 0.2}, 7)
    assert {part: rows.tolist() for part, rows in parts.items()} == {
        "train": [0, 1, 4, 7, 8],
        "validation": [2, 5, 6],
        "test": [3, 9],
    }


def test_a_text_with_several_labels_counts_for_its_rarest() -> None:
    # 40 of each pair and 20 alone: without regard to the rare label, its share would vary from seed
    # to seed.
    labels: list[Label] = [("common", "rare")] * 10 + [("common",)] * 90 + [()] * 20
    found = examples([f"text {index}" for index in range(len(labels))], labels)
    for seed in range(5):
        rows = stratified(found, {"validation": 0.2}, seed)["validation"]
        assert Counter(labels[index] for index in rows) == {
            ("common", "rare"): 2,
            ("common",): 18,
            (): 4,
        }


@given(LABELLED, SHARES)
def test_last_cuts_off_the_end(found: Examples, shares: dict[str, float]) -> None:
    parts = last(found, shares)
    assert list(parts) == ["train", *shares]
    assert [index for rows in parts.values() for index in rows.tolist()] == list(range(len(found)))
    assert all(len(parts[part]) == round(share * len(found)) for part, share in shares.items())


def test_last_as_the_tutorials_cut() -> None:
    parts = last(of_labels(["a"] * 10), {"validation": 0.2, "test": 0.1})
    assert {part: rows.tolist() for part, rows in parts.items()} == {
        "train": [0, 1, 2, 3, 4, 5, 6],
        "validation": [7, 8],
        "test": [9],
    }


def test_repeated_texts() -> None:
    train, other = examples(["x", "y"], [("a",), ("b",)]), examples(["y", "y", "z"], [("a",)] * 3)
    assert repeated_texts(other, train) == 2
    assert repeated_texts(train, other) == 1


def test_label_counts() -> None:
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
def test_places(found: list[str], shown: str) -> None:
    assert places(found) == shown


def test_the_test_part_does_not_depend_on_the_share_of_validation() -> None:
    """A recipe may be chosen with a validation part and learn from all the rest afterwards: what is
    scored at the end is the same, and unseen.
    """
    found = of_labels(["a", "b", "b"] * 40)
    tests = [
        stratified(found, {**({"validation": share} if share else {}), "test": 0.2}, 3)
        for share in (0.0, 0.1, 0.3)
    ]
    assert all(parts["test"].tolist() == tests[0]["test"].tolist() for parts in tests)
    assert not set(tests[2]["validation"]) & set(tests[0]["test"])
