"""Rows that are held out without regard to labels: the last ones, or some sources by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnnkit.data.raw.pairs import by_source

Rows = dict[str, np.ndarray]
"""The rows of each part, ascending."""


def last(rows: int, shares: Mapping[str, float]) -> Rows:
    """Indices of each part, the last ones in the order of the data: first validation, then
    test.
    """
    ends = np.cumsum([round(share * rows) for share in shares.values()])
    cuts = [rows - int(ends[-1]) + end for end in [0, *ends[:-1].tolist()]] if shares else []
    return dict(zip(["train", *shares], np.split(np.arange(rows), cuts), strict=True))


def grouped(sources: Sequence[str], shares: Mapping[str, float], random_seed: int) -> Rows:
    """Indices of each part, drawn by chance; all pairs of one source are in one part.

    Args:
        sources: The source of each pair.
        shares: Parts to hold out and their shares of the different sources; the rest is "train".
        random_seed: The same seed gives the same parts, whatever the training's own seed.
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
