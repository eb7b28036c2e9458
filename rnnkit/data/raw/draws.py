"""Splits that ignore labels: the last rows, or pairs drawn at random by source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnnkit.data.raw.pairs import by_source

Rows = dict[str, np.ndarray]
"""The rows of each part, ascending."""


def last(rows: int, shares: Mapping[str, float]) -> Rows:
    """Holds out the last rows in the order of the data: validation, then test.

    Args:
        rows: Number of rows.
        shares: Parts to hold out and their share of the rows; the rest is "train".

    Returns:
        The row indices of each part.
    """
    ends = np.cumsum([round(share * rows) for share in shares.values()])
    cuts = [rows - int(ends[-1]) + end for end in [0, *ends[:-1].tolist()]] if shares else []
    return dict(zip(["train", *shares], np.split(np.arange(rows), cuts), strict=True))


def grouped(sources: Sequence[str], shares: Mapping[str, float], random_seed: int) -> Rows:
    """Draws parts at random, keeping all pairs with the same source together.

    Args:
        sources: The source of each pair.
        shares: Parts to hold out and their share of the distinct sources; the rest is "train".
        random_seed: Seed of the split, independent of the seed of the training.

    Returns:
        The row indices of each part, ascending.
    """
    groups = by_source(sources)
    order = np.random.default_rng(random_seed).permutation(len(groups))
    ends = np.cumsum([round(share * len(groups)) for share in shares.values()], dtype=int)
    *held_out, rest = np.split(order, ends)
    drawn = dict(zip([*shares, "train"], [*held_out, rest], strict=True))
    return {
        part: np.sort(np.concatenate([np.empty(0, np.int64), *(groups[group] for group in chosen)]))
        for part, chosen in drawn.items()
    }
