"""Vectors from co-occurrences, held against the same mathematics written out for small dense
matrices.
"""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.encode.ragged import Sequences
from rnnkit.data.encode.word_vectors import SPREAD, WINDOW, cooccurrence_vectors

VOCABULARY = 7
TEXTS = st.lists(
    st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=12), min_size=1, max_size=6
)


def information(texts: list[list[int]]) -> np.ndarray:
    """Positive pointwise mutual information, pair by pair."""
    counts = np.zeros((VOCABULARY, VOCABULARY))
    for text in texts:
        for (i, one), (j, other) in itertools.permutations(enumerate(text), 2):
            counts[one, other] += max(0, WINDOW + 1 - abs(i - j)) / WINDOW
    total = counts.sum(axis=1)
    context = total**0.75 / max(1.0, (total**0.75).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(counts / (total[:, None] * context[None, :]))
    return np.where(counts > 0, np.maximum(found, 0), 0)


@given(TEXTS)
def test_cooccurrence_vectors_are_factors_of_the_mutual_information(texts: list[list[int]]) -> None:
    """In as many dimensions as there are tokens V V^T is U S U^T up to the scale: compared by U S
    U^T's own factors.
    """
    vectors = cooccurrence_vectors(Sequences.of(texts), VOCABULARY, VOCABULARY, random_seed=0)
    left, values, _ = np.linalg.svd(information(texts))
    expected = (left * values) @ left.T  # sign and order of the singular vectors do not matter
    if not expected.any():
        assert not vectors.any()
        return
    found = vectors.astype(np.float64) @ vectors.T
    np.testing.assert_allclose(
        found / np.linalg.norm(found), expected / np.linalg.norm(expected), atol=2e-4
    )
    np.testing.assert_allclose(vectors.std(), SPREAD, rtol=1e-4)


def test_cooccurrence_vectors_are_equal_in_the_same_places() -> None:
    texts = [
        ["the", name, verb, "the", "bell"] for name in ("cat", "dog") for verb in ("sees", "hears")
    ]
    names = sorted({word for text in texts for word in text})
    vectors = cooccurrence_vectors(
        Sequences.of([[names.index(word) for word in text] for text in texts]),
        len(names),
        3,
        random_seed=0,
    )
    cat, dog, sees, hears, bell = (
        vectors[names.index(word)] for word in ("cat", "dog", "sees", "hears", "bell")
    )
    np.testing.assert_allclose(cat, dog, atol=1e-4)
    np.testing.assert_allclose(sees, hears, atol=1e-4)
    assert np.linalg.norm(cat - bell) > 0.1


def test_cooccurrence_vectors_have_no_window_across_texts() -> None:
    assert not cooccurrence_vectors(Sequences.of([[1], [2], [3]]), 5, 2, random_seed=0).any()
    assert cooccurrence_vectors(Sequences.of([[1, 2], [3]]), 5, 2, random_seed=0)[[1, 2]].any()


def test_cooccurrence_vectors_are_zero_beyond_the_vocabulary() -> None:
    vectors = cooccurrence_vectors(Sequences.of([[0, 1, 2]]), 3, 8, random_seed=0)
    assert vectors.shape == (3, 8)
    assert not vectors[:, 3:].any()
    assert vectors.dtype == np.float32


def test_cooccurrence_vectors_are_equal_for_the_same_seed() -> None:
    texts = Sequences.of(np.random.default_rng(0).integers(0, 50, (20, 30)))
    first, second = (cooccurrence_vectors(texts, 50, 6, random_seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, second)
