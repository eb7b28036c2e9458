"""The widths to which batches of sequences of unequal length are padded."""

from __future__ import annotations

import numpy as np

MOST_BUCKETS = 8
WIDTH_STEP = 8
MOST_CANDIDATES = 256


def array_widths(lengths: np.ndarray, batch_size: int, *, pads: bool) -> list[int]:
    """The widths of batches of sequences of numbers.

    Args:
        lengths: (sequences,) steps of each sequence.
        batch_size: Sequences of a batch.
        pads: Whether sequences are padded; else each length has its own batches.
    """
    if pads:
        return bucket_widths(lengths, min(batch_size, len(lengths)))
    return [int(length) for length in np.unique(lengths)]


def bucket_widths(
    lengths: np.ndarray, batch_size: int, most: int = MOST_BUCKETS, step: int = WIDTH_STEP
) -> list[int]:
    """The widths with which batches have the least padding, by dynamic programming.

    Args:
        lengths: (texts,) tokens of each text.
        batch_size: Texts of a batch; the last batch of each width is padded with empty rows.
        most: The maximum number of widths.
        step: Widths are multiples of it.
    """
    rounded = np.maximum(np.ceil(lengths / step).astype(np.int64), 1) * step
    candidates = np.unique(rounded)
    if len(candidates) == 1:
        return [int(candidates[0])]
    if len(candidates) > MOST_CANDIDATES:  # quantiles are as good
        candidates = np.unique(
            np.quantile(rounded, np.linspace(0, 1, MOST_CANDIDATES), method="higher")
        )
    # texts that fit into each candidate
    below = np.concatenate([[0], np.searchsorted(np.sort(rounded), candidates, side="right")])
    # (from, to): texts that are longer than `from` and fit into `to`
    texts = below[None, 1:] - below[:, None]
    cost = np.where(texts > 0, np.ceil(texts / batch_size) * batch_size * candidates, np.inf)
    # least cost of the texts that fit into each candidate
    best = [np.concatenate([[0.0], np.full(len(candidates), np.inf)])]
    choice = []
    for _ in range(most):
        totals = best[-1][:, None] + cost
        choice.append(totals.argmin(axis=0))
        best.append(np.concatenate([[np.inf], totals.min(axis=0)]))
    buckets = int(np.argmin([totals[-1] for totals in best]))
    widths, last = [], len(candidates)
    for picks in reversed(choice[:buckets]):
        widths.append(int(candidates[last - 1]))
        last = int(picks[last - 1])
    return widths[::-1]
