"""Passages of a running text that training and a held-out part share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnkit.audit.duplicates import HELD_OUT_TWICE, HIGH, MEDIUM
from rnnkit.audit.finding import MOST_ROWS, Finding, counted, severity_of, shown_share


def shared_passages(
    train: np.ndarray, held_out: np.ndarray, part: str, length: int
) -> Iterator[Finding]:
    """Stretches of a held-out part that are in the training set too.

    Args:
        train: (tokens,) ids.
        held_out: (tokens,) ids of the part.
        part: Its name.
        length: Tokens of a passage, at least: so many that they are not alike by chance.
    """
    if min(len(train), len(held_out)) < length:
        return
    known = np.isin(_keys(held_out, length), np.unique(_keys(train, length)))
    begins = np.flatnonzero(known & ~np.append(False, known[:-1]))
    if not len(begins):
        return
    covered = np.zeros(len(held_out), bool)
    for step in np.flatnonzero(known).tolist():
        covered[step : step + length] = True
    count, whole = int(covered.sum()), len(held_out)
    what = (
        f"{shown_share(count, whole)} {part} tokens lie in {counted(len(begins), 'passage')} of"
        f" {length} tokens or more that the training set has too"
    )
    rows = tuple(f"token {step + 1:,} of {part}" for step in begins[:MOST_ROWS].tolist())
    severity = severity_of(count / whole, HIGH, MEDIUM)
    yield Finding("shared_passages", severity, part, what, HELD_OUT_TWICE, len(begins), rows)


def _keys(ids: np.ndarray, length: int) -> np.ndarray:
    """A number for each stretch of so many tokens; equal ones have the same."""
    weights = np.random.default_rng(0).integers(1, 2**62, length, dtype=np.uint64)
    count = len(ids) - length + 1
    keys = np.zeros(count, np.uint64)
    for step, weight in enumerate(weights):
        keys += (ids[step : step + count].astype(np.uint64) + np.uint64(1)) * weight
    return keys
