"""The nearest training source, compared with cosines of TF-IDF vectors computed one by one."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.baselines.nearest import NearestSource
from rnnkit.data.encode.ragged import Sequences

texts = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=8)


def cosine(one: list[int], other: list[int], known: list[list[int]]) -> float:
    """With scikit-learn's idf: ln((1 + texts) / (1 + texts with the word)) + 1."""
    idf = [
        math.log((1 + len(known)) / (1 + sum(word in text for text in known))) + 1
        for word in range(6)
    ]
    first, second = ([text.count(word) * idf[word] for word in range(6)] for text in (one, other))
    return (
        sum(a * b for a, b in zip(first, second, strict=True))
        / math.hypot(*first)
        / math.hypot(*second)
    )


@given(texts, texts)
def test_nearest_source_has_the_largest_cosine(
    known: list[list[int]], queries: list[list[int]]
) -> None:
    rows = NearestSource(Sequences.of(known), 6).predict(Sequences.of(queries))
    assert rows.shape == (len(queries),)
    for text, answer in zip(queries, rows, strict=True):
        cosines = [cosine(text, other, known) for other in known]
        assert cosines[answer] >= max(cosines) - 1e-9


def test_nearest_source_weighs_rare_words_and_breaks_ties_by_order() -> None:
    known = Sequences.of([[1, 2], [1, 3], [1, 4], [1, 3]])
    assert NearestSource(known, 6).predict(Sequences.of([[1, 3], [4], [0]])).tolist() == [1, 2, 0]
    assert (
        NearestSource(known, 6).predict(Sequences.of(np.zeros((600, 1), int))).tolist() == [0] * 600
    )
