"""Relations between the vectors of a table: neighbours, analogies, principal components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray

DRAWN_PAIRS = 20_000


def unit_rows(vectors: Array) -> Array:
    """Each row divided by its norm, float64; rows of zeros are left unchanged.

    Args:
        vectors: (rows, features).
    """
    vectors = vectors.astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def nearest(
    table: Array, query: Array, count: int, candidates: Sequence[int]
) -> list[tuple[int, float]]:
    """The rows with the highest cosine to a vector, best first.

    Args:
        table: (rows, features), each of length 1.
        query: (features,).
        count: The number of rows.
        candidates: The rows to choose from.
    """
    (unit,) = unit_rows(query[None])
    rows = np.asarray(candidates, np.int64)
    cosines = table[rows] @ unit
    best = np.argsort(-cosines, kind="stable")[:count]
    return [(int(rows[index]), float(cosines[index])) for index in best]


def offset(table: Array, first: int, second: int, third: int) -> Array:
    """The expected vector of the fourth word of an analogy, "first is to second as third is to
    ...": second - first + third, of unit vectors (Mikolov, Yih and Zweig 2013).
    """
    vector: Array = table[second] - table[first] + table[third]
    return vector


def nearest_pairs(table: Array, count: int) -> list[tuple[int, int, float]]:
    """The pairs of rows with the highest cosine, best first.

    Args:
        table: (rows, features), each of length 1.
        count: The number of pairs.
    """
    cosines = table @ table.T
    cosines[np.tril_indices(len(table))] = -np.inf
    best = np.argsort(-cosines, axis=None, kind="stable")[:count]
    pairs = zip(*np.unravel_index(best, cosines.shape), strict=True)
    nearest = [(int(row), int(other), float(cosines[row, other])) for row, other in pairs]
    return [pair for pair in nearest if np.isfinite(pair[2])]


def chance_cosine(table: Array, share: float, random_seed: int = 0) -> float:
    """The cosine that a random pair of rows exceeds with this probability.

    Args:
        table: (rows, features), each of length 1; at least two rows.
        share: The probability, such as 0.01.
        random_seed: The random seed of the draws.
    """
    generator = np.random.default_rng(random_seed)
    first = generator.integers(len(table), size=DRAWN_PAIRS)
    others = generator.integers(1, len(table), size=DRAWN_PAIRS)
    second = (first + others) % len(table)
    cosines = np.einsum("nd,nd->n", table[first], table[second])
    return float(np.quantile(cosines, 1 - share))


@dataclass(frozen=True)
class Projection:
    """Vectors projected on their principal components.

    Args:
        places: The coordinates, (rows, axes).
        shares: The share of the variance on each axis, (axes,).
    """

    places: Array
    shares: Array


def principal(vectors: Array, axes: int = 2) -> Projection:
    """Principal component analysis (Pearson 1901). The sign of each direction is that of its
    largest weight, so that pictures are reproducible.

    Args:
        vectors: (rows, features).
        axes: The number of directions; those beyond the features are zeros.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    variances, directions = np.linalg.eigh(centred.T @ centred)  # ascending
    variances, directions = np.maximum(variances[::-1], 0), directions[:, ::-1]
    kept = min(axes, directions.shape[1])
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(directions.shape[1])])
    places, shares = np.zeros((len(vectors), axes)), np.zeros(axes)
    places[:, :kept] = centred @ (directions * signs)[:, :kept]
    shares[:kept] = variances[:kept] / (variances.sum() or 1.0)
    return Projection(places, shares)
