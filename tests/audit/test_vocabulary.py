"""Findings about the vocabulary, labels and the number of rows."""

from __future__ import annotations

import numpy as np

from rnnkit.audit.classes import missing_classes, rare_classes, shifted_classes, skewed_classes
from rnnkit.audit.finding import Finding, ordered, verdict
from rnnkit.audit.size import few_rows, nothing_held_out, small_validation
from rnnkit.audit.vocabulary import (
    Vocabulary,
    tokens_seen_once,
    unknown_tokens,
    untrained_unknown,
)

WORDS = Vocabulary(50, 1, frozenset({0, 1}), "bpe", "min_frequency")
FIXED = Vocabulary(50, 1, frozenset({0, 1}))


def test_vocabulary_findings() -> None:
    parts = {"train": np.arange(2, 50), "validation": np.repeat([2, 3, 1, 1], 6)}
    (unknown,) = unknown_tokens(parts, WORDS)
    (untrained,) = untrained_unknown(parts, WORDS)
    (once,) = tokens_seen_once(parts["train"], WORDS)
    assert (unknown.severity, unknown.count, untrained.count, once.count) == ("medium", 12, 12, 48)
    for vocabulary, each in (
        (FIXED, parts),
        (WORDS, {"train": np.repeat(np.arange(1, 50), 2), "validation": np.arange(2, 50)}),
    ):
        assert not [*unknown_tokens(each, vocabulary), *untrained_unknown(each, vocabulary)]
        assert not [*tokens_seen_once(each["train"], vocabulary)]


def test_class_findings() -> None:
    even = {"train": {"a": 100, "b": 90}, "validation": {"a": 50, "b": 45}}
    odd = {"train": {"a": 300, "b": 9}, "validation": {"a": 50, "b": 0}}
    swapped = {"train": {"a": 100, "b": 90}, "test": {"a": 20, "b": 80}}
    assert [finding.kind for finding in skewed_classes(odd["train"], "texts", "cure")] == [
        "skewed_classes"
    ]
    assert [finding.kind for finding in rare_classes(odd["train"], "texts")] == ["rare_classes"]
    assert [finding.part for finding in missing_classes(odd)] == ["validation"]
    assert [finding.part for finding in shifted_classes(swapped)] == ["test"]
    assert not [
        *skewed_classes(even["train"], "texts", "cure"),
        *rare_classes(even["train"], "texts"),
        *missing_classes(even),
        *shifted_classes(even),
    ]


def test_size_findings() -> None:
    assert [finding.severity for finding in few_rows(10, "texts", 100, held_out=True)] == ["low"]
    assert [finding.severity for finding in few_rows(10, "texts", 10_000, held_out=True)] == [
        "medium"
    ]
    assert len([*nothing_held_out(["train"]), *small_validation(10, 1000, "texts")]) == 2
    assert not [
        *few_rows(100, "texts", 100, held_out=True),
        *nothing_held_out(["train", "test"]),
        *small_validation(100, 1000, "texts"),
    ]


def test_verdict_counts_what_is_worth_acting_on() -> None:
    low, high = (Finding("k", severity, "", "", "") for severity in ("low", "high"))
    assert ordered([low, high]) == [high, low]
    assert verdict([high, low]).startswith("1 finding worth")
    assert verdict([low]).startswith("Nothing worth acting on; 1 remark")
    assert verdict([]) == "Nothing worth acting on."
