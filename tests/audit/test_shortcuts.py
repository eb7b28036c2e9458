"""Leaks of the target in texts and features."""

from __future__ import annotations

import numpy as np

from rnnkit.audit.shortcuts import Tokens, constant_features, telling_features, telling_tokens

NAMES = ["<unk>", "film", "good", "bad", "mark", *(f"w{number}" for number in range(60))]
LABELS = ("good", "bad")


def texts(planted: list[int | None]) -> Tokens:
    """Texts of random words, some with a planted token."""
    generator = np.random.default_rng(0)
    rows = [
        [*generator.integers(5, len(NAMES), 8), *([] if token is None else [token])]
        for token in planted
    ]
    flat = np.concatenate(rows).astype(np.int64)
    return Tokens(flat, np.array([len(row) for row in rows]), NAMES, "row {}".format)


def test_telling_tokens_names_a_label_in_its_text() -> None:
    targets = np.arange(200) % 2
    tokens = texts([2 if row % 4 == 0 else None for row in range(200)])
    (found,) = telling_tokens(tokens, targets, LABELS)
    assert (found.kind, found.severity, found.count) == ("label_in_text", "high", 50)
    assert list(found.rows)[:2] == ["row 0", "row 4"]


def test_telling_tokens_names_a_mark() -> None:
    targets = np.arange(200) % 2
    (found,) = telling_tokens(texts([4 * (row % 2) or None for row in range(200)]), targets, LABELS)
    assert (found.kind, found.severity) == ("telling_token", "medium")
    assert "'mark'" in found.what


def test_telling_tokens_finds_nothing_in_words_by_chance() -> None:
    for targets in (np.arange(200) % 2, np.zeros(200, int)):
        assert not [*telling_tokens(texts([None] * 200), targets, LABELS)]


def test_telling_tokens_of_several_labels_looks_at_each_against_the_rest() -> None:
    rows = np.arange(200)
    targets = np.stack([rows % 2 == 0, rows % 3 == 0, rows % 7 == 0], 1).astype(np.float32)
    planted = [4 if row % 3 == 0 else None for row in range(200)]  # in rows of all labels
    (found,) = telling_tokens(texts(planted), targets, ("even", "third", "seventh"))
    assert "'mark'" in found.what
    assert "third" in found.what
    assert not [*telling_tokens(texts([None] * 200), targets, ("even", "third", "seventh"))]


def test_telling_features_is_the_label_as_a_number() -> None:
    targets = np.arange(90) % 3
    values = np.stack(
        [np.random.default_rng(0).normal(size=90), targets * 2.0, targets < 9], axis=1
    )
    (found,) = telling_features(values, targets, "row {}".format, "sequences")
    assert found.what.startswith("feature 1")
    assert found.count == 90


def test_constant_features_names_them() -> None:
    low, high = np.array([0.0, 3.0]), np.array([1.0, 3.0])
    (found,) = constant_features(low, high, ["a", "b"], "steps")
    assert found.what.startswith("b is 3")
