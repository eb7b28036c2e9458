"""The input `words` in NumPy: a vector for each word, and for its characters or subwords."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rnnkit.architecture import PADDING

Array = np.ndarray
Weights = Mapping[str, Array]


def words(x: Array, weights: Weights, read: Callable[[Array], Array]) -> Array:
    """The vectors of words, (batch, timesteps, features).

    Args:
        x: (batch, timesteps, 1 + length) ids: of the word, and of its characters or subwords.
        weights: The layer's weights.
        read: From (words, length) ids of characters or subwords to (words, features).
    """
    ids, which = _distinct(x[..., 1:].reshape(-1, x.shape[-1] - 1))  # each is read once
    features = read(ids)[which]  # (batch * timesteps, features)
    return np.concatenate(
        [weights["embeddings"][x[..., 0]], features.reshape(*x.shape[:2], -1)], axis=-1
    )


def _distinct(rows: Array) -> tuple[Array, Array]:
    """The distinct rows, and the index of each row among them; numpy.unique, which sorts rows,
    takes many times as long.
    """
    rows = np.ascontiguousarray(rows)
    seen: dict[bytes, int] = {}
    which = np.array([seen.setdefault(row.tobytes(), len(seen)) for row in rows], np.int64)
    _, first = np.unique(which, return_index=True)
    return rows[first], which


def subwords(ids: Array, table: Array) -> Array:
    """The vectors of words, (words, features), from (words, length) subwords, padded by PADDING:
    the sum of their vectors over the square root of their number.
    """
    is_subword = ids != PADDING
    total = np.zeros((len(ids), table.shape[1]), np.float32)
    # one position at a time: all at once would take `length` times the memory
    for subword, is_real in zip(ids.T, is_subword.T, strict=True):
        total += np.where(is_real[:, None], table[subword], np.float32(0))
    return total / np.sqrt(np.maximum(is_subword.sum(axis=1, keepdims=True), 1)).astype(np.float32)
