"""The last rows, and sources by chance."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.raw.draws import grouped, last
from rnnkit.data.raw.pairs import same_source

SHARES = st.fixed_dictionaries(
    {}, optional={"validation": st.floats(0.01, 0.6), "test": st.floats(0.01, 0.39)}
)


@given(st.integers(1, 80), SHARES)
def test_last_takes_the_shares_from_the_end(rows: int, shares: dict[str, float]) -> None:
    parts = last(rows, shares)
    assert list(parts) == ["train", *shares]
    assert [index for chosen in parts.values() for index in chosen.tolist()] == list(range(rows))
    assert all(len(parts[part]) == round(share * rows) for part, share in shares.items())


def test_last_by_hand() -> None:
    parts = last(10, {"validation": 0.2, "test": 0.1})
    assert {part: rows.tolist() for part, rows in parts.items()} == {
        "train": [0, 1, 2, 3, 4, 5, 6],
        "validation": [7, 8],
        "test": [9],
    }


@given(
    st.lists(
        st.sampled_from([" a", "A", "b", "c d", "C  D", "e", "f", "g"]), min_size=1, max_size=40
    ),
    st.floats(0, 0.5),
    st.floats(0, 0.49),
    st.integers(0, 2**32 - 1),
)
def test_grouped_never_separates_equal_sources(
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
