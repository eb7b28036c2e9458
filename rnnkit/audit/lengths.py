"""Findings about truncation and padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rnnkit.audit.finding import Finding, Place, count_and_places, share_text
from rnnkit.quantities import percent

MUCH = 0.1  # of the tokens that truncation loses
LITTLE = 0.001  # of the tokens, not worth a remark
WASTEFUL = 0.3  # share of padding in batches


def truncation(
    part: str, whole: np.ndarray, seen: np.ndarray, place: Place, key: str
) -> Iterator[Finding]:
    """Rows that are truncated.

    Args:
        part: The part's name.
        whole: The tokens of each row, (rows,).
        seen: The tokens that the model sees, (rows,).
        place: The place of each row.
        key: The setting that truncates them.
    """
    lost, tokens = int(whole.sum() - seen.sum()), int(whole.sum())
    if not lost or lost < LITTLE * tokens:
        return
    count, rows = count_and_places(place, np.flatnonzero(whole > seen))
    most = longest_of(whole, 0.99)
    yield Finding(
        "truncated_rows",
        "medium" if lost >= MUCH * tokens else "low",
        part,
        f"truncation loses {percent(lost / tokens, 1)} of the {part} tokens, in"
        f" {share_text(count, len(whole))} rows",
        f"Write `{key}: {most}`, which holds 99 % of the rows whole (at more time for each step)",
        count,
        rows,
    )


def padding_shares(lengths: np.ndarray, widths: Sequence[int], batch_size: int) -> float:
    """The share of padding in the batches of an epoch.

    Args:
        lengths: The tokens of each row, (rows,).
        widths: The widths of the batches, ascending; the last holds the longest row.
        batch_size: The rows of a batch; the last batch is padded with rows of weight 0.
    """
    bucket = np.searchsorted(widths, lengths)
    rows = np.bincount(bucket, minlength=len(widths))[: len(widths)]
    cells = float((np.ceil(rows / batch_size) * batch_size * np.asarray(widths)).sum())
    return 1 - float(lengths.sum()) / max(cells, 1.0)


def wasteful_padding(fixed: float, bucketed: float, cure: str) -> Iterator[Finding]:
    """Batches of one width that have much more padding than buckets.

    Args:
        fixed: The share of padding in batches of one width.
        bucketed: The share of padding with buckets.
        cure: The setting of buckets.
    """
    if fixed >= WASTEFUL and fixed - bucketed >= WASTEFUL / 2:
        what = (
            f"{percent(fixed)} of each batch is padding; with buckets it would be"
            f" {percent(bucketed)}"
        )
        yield Finding("padding", "medium", "train", what, cure)


def longest_of(lengths: np.ndarray, share: float) -> int:
    """The length that this share of the rows does not exceed, rounded up to two digits."""
    length = int(np.quantile(lengths, share, method="higher"))
    unit = 10 ** max(0, len(str(length)) - 2)
    return -(-length // unit) * unit


def length_facts(lengths: np.ndarray) -> dict[str, int]:
    """The median, 95 % quantile and maximum of lengths."""
    if not len(lengths):
        return {}
    quantiles = np.quantile(lengths, [0.5, 0.95], method="nearest").astype(int).tolist()
    return {"median": quantiles[0], "95%": quantiles[1], "longest": int(lengths.max())}
