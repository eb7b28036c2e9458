"""Pairs of texts, and when two sources are one."""

from __future__ import annotations

from rnnkit.data.raw.pairs import (
    Pairs,
    by_source,
    repeated_sources,
    same_source,
)


def test_same_source_ignores_case_and_spaces() -> None:
    assert same_source(" I  am.\u00a0") == same_source("i AM.")
    assert same_source("I am!") != same_source("I am.")
    assert [group.tolist() for group in by_source(["b", "a", "B ", "c", "a"])] == [
        [0, 2],
        [1, 4],
        [3],
    ]


def test_repeated_sources_counts_sources_of_the_other_part() -> None:
    train, other = (Pairs(texts, texts, str) for texts in (["a", "b"], ["A", "c", "a"]))
    assert repeated_sources(other, train) == 2
