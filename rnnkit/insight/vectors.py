"""What the vectors of a table say about each other: neighbours, analogies, main directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray

DRAWN_PAIRS = 20_000


def unit_rows(vectors: Array) -> Array:
    """Each row divided by its length, float64; a row of zeros stays one.

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
        count: How many.
        candidates: The rows that may be named.
    """
    (unit,) = unit_rows(query[None])
    rows = np.asarray(candidates, np.int64)
    cosines = table[rows] @ unit
    best = np.argsort(-cosines, kind="stable")[:count]
    return [(int(rows[one]), float(cosines[one])) for one in best]


def offset(table: Array, first: int, second: int, third: int) -> Array:
    """Where the fourth of an analogy "first is to second as third is to ..." should lie: the
    second, minus the first, plus the third, of unit vectors (Mikolov, Yih and Zweig 2013).
    """
    vector: Array = table[second] - table[first] + table[third]
    return vector


def nearest_pairs(table: Array, count: int) -> list[tuple[int, int, float]]:
    """The pairs of rows with the highest cosine, best first.

    Args:
        table: (rows, features), each of length 1.
        count: How many.
    """
    cosines = table @ table.T
    cosines[np.tril_indices(len(table))] = -np.inf
    best = np.argsort(-cosines, axis=None, kind="stable")[:count]
    pairs = zip(*np.unravel_index(best, cosines.shape), strict=True)
    found = [(int(one), int(other), float(cosines[one, other])) for one, other in pairs]
    return [pair for pair in found if np.isfinite(pair[2])]


def chance_cosine(table: Array, share: float, random_seed: int = 0) -> float:
    """The cosine that a pair of rows drawn at random exceeds with this probability.

    Args:
        table: (rows, features), each of length 1; at least two.
        share: Such as 0.01.
        random_seed: Seeds the draw.
    """
    generator = np.random.default_rng(random_seed)
    first = generator.integers(len(table), size=DRAWN_PAIRS)
    others = generator.integers(1, len(table), size=DRAWN_PAIRS)
    second = (first + others) % len(table)
    cosines = np.einsum("nd,nd->n", table[first], table[second])
    return float(np.quantile(cosines, 1 - share))


@dataclass(frozen=True)
class Projection:
    """Vectors along the directions in which they differ most.

    Args:
        places: (rows, axes).
        shares: (axes,) of the variance.
    """

    places: Array
    shares: Array


def principal(vectors: Array, axes: int = 2) -> Projection:
    """Principal component analysis (Pearson 1901). Each direction points to the side of its
    largest weight, so that a picture is the same wherever it is drawn.

    Args:
        vectors: (rows, features).
        axes: How many directions; those beyond the features are zeros.
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
