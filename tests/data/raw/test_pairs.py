"""Pairs of texts, and when two sources are one."""

from __future__ import annotations

from rnnkit.data.raw.pairs import (
    Pairs,
    by_source,
    repeated_sources,
    same_source,
)


def test_case_and_spaces_make_no_other_source() -> None:
    assert same_source(" I  am.\u00a0") == same_source("i AM.")
    assert same_source("I am!") != same_source("I am.")
    assert [group.tolist() for group in by_source(["b", "a", "B ", "c", "a"])] == [
        [0, 2],
        [1, 4],
        [3],
    ]


def test_sources_of_own_parts_that_come_again_are_counted() -> None:
    train, other = (Pairs(texts, texts, str) for texts in (["a", "b"], ["A", "c", "a"]))
    assert repeated_sources(other, train) == 2
