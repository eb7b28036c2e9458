from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from rnnkit.insight.vectors import (
    chance_cosine,
    nearest,
    nearest_pairs,
    offset,
    principal,
    unit_rows,
)

TABLE = np.random.default_rng(0).normal(size=(40, 7)).astype(np.float32) * 3 + 1


def test_principal_is_that_of_scikit_learn() -> None:
    result, reference = principal(TABLE), PCA(2, svd_solver="full").fit(TABLE.astype(np.float64))
    np.testing.assert_allclose(result.shares, reference.explained_variance_ratio_, rtol=1e-9)
    signs = np.sign(result.places[0] / reference.transform(TABLE)[0])
    np.testing.assert_allclose(result.places, reference.transform(TABLE) * signs, atol=1e-6)


def test_principal_does_not_depend_on_the_sign_that_the_solver_gives() -> None:
    spread = np.array([[5.0, 0.1], [-5.0, 0.1], [0.0, -0.2]])
    np.testing.assert_allclose(principal(spread).places[:, 0], spread[:, 0], atol=1e-6)


@pytest.mark.parametrize("vectors", [np.ones((3, 4)), np.ones((1, 2)), np.arange(4.0)[:, None]])
def test_principal_of_what_has_no_plane(vectors: np.ndarray) -> None:
    result = principal(vectors)
    assert result.places.shape == (len(vectors), 2)
    assert np.isfinite(result.places).all()
    assert 0 <= result.shares.sum() <= 1 + 1e-9


def test_nearest_is_by_cosine_among_the_candidates() -> None:
    unit = unit_rows(TABLE)
    cosines = {
        row: TABLE[row] @ TABLE[3] / np.linalg.norm(TABLE[row]) / np.linalg.norm(TABLE[3])
        for row in range(40)
        if row not in (3, 5)
    }
    best = sorted(cosines, key=lambda row: -cosines[row])[:4]
    result = nearest(unit, TABLE[3], 4, list(cosines))
    assert [row for row, _ in result] == best
    np.testing.assert_allclose(
        [cosine for _, cosine in result], [cosines[row] for row in best], rtol=1e-5
    )


def test_nearest_pairs_are_each_named_once() -> None:
    unit = unit_rows(np.array([[1.0, 0], [0, 1], [1, 0.1], [-1, 0]]))
    assert [pair[:2] for pair in nearest_pairs(unit, 99)] == [
        (0, 2),
        (1, 2),
        (0, 1),
        (1, 3),
        (2, 3),
        (0, 3),
    ]


def test_offset_finds_the_fourth_corner() -> None:
    # two directions: sex, and royalty
    man, woman, king, queen = np.array([[1.0, 0, 5], [-1, 0, 5], [1, 3, 5], [-1, 3, 5]])
    unit = unit_rows(np.stack([man, woman, king, queen]))
    assert nearest(unit, offset(unit, 0, 2, 1), 1, [3]) == [(3, pytest.approx(1, abs=1e-2))]


def test_chance_cosine_is_a_quantile_of_all_pairs() -> None:
    unit = unit_rows(TABLE)
    pairs = (unit @ unit.T)[np.triu_indices(40, 1)]
    assert chance_cosine(unit, 0.1) == pytest.approx(np.quantile(pairs, 0.9), abs=0.03)
    assert chance_cosine(unit[:2], 0.01) == pytest.approx(unit[0] @ unit[1])


def test_unit_rows_of_zeros_stay() -> None:
    assert not unit_rows(np.zeros((1, 3))).any()
