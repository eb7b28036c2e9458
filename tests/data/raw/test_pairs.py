"""Pairs of texts: what is read, what is left out, and that no source stands on both sides of a
split.
"""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.raw.pairs import (
    Pairs,
    by_source,
    grouped,
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


@given(
    st.lists(
        st.sampled_from([" a", "A", "b", "c d", "C  D", "e", "f", "g"]), min_size=1, max_size=40
    ),
    st.floats(0, 0.5),
    st.floats(0, 0.49),
    st.integers(0, 2**32 - 1),
)
def test_no_source_stands_on_both_sides(
    sources: list[str], validation: float, test: float, seed: int
) -> None:
    parts = grouped(sources, {"validation": validation, "test": test}, seed)
    assert sorted(np.concatenate([*parts.values()]).tolist()) == list(range(len(sources)))
    known = {part: {same_source(sources[row]) for row in rows} for part, rows in parts.items()}
    assert (
        known["train"] & known["validation"]
        == known["train"] & known["test"]
        == known["validation"] & known["test"]
        == set()
    )
    assert len(known["validation"]) == round(validation * len({*map(same_source, sources)}))
    again = grouped(sources, {"validation": validation, "test": test}, seed)
    assert all((again[part] == rows).all() for part, rows in parts.items())


def test_sources_of_own_parts_that_come_again_are_counted() -> None:
    train, other = (Pairs(texts, texts, str) for texts in (["a", "b"], ["A", "c", "a"]))
    assert repeated_sources(other, train) == 2
