"""Passages of a running text that training and a held-out part share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnkit.audit.duplicates import HELD_OUT_TWICE, HIGH, MEDIUM
from rnnkit.audit.finding import MOST_ROWS, Finding, severity_of, shown_share
from rnnkit.audit.stretches import covered_by, first_of_each, keys_of
from rnnkit.quantities import agreed, counted


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
    known = np.isin(keys_of(held_out, length), np.unique(keys_of(train, length)))
    begins = first_of_each(known)
    if not len(begins):
        return
    count, whole = int(covered_by(known, length).sum()), len(held_out)
    what = (
        f"{shown_share(count, whole)} {part} tokens {agreed(count, 'lies', 'lie')} in"
        f" {counted(len(begins), 'passage')} of {length} tokens or more that the training set has"
        " too"
    )
    rows = tuple(f"token {step + 1:,} of {part}" for step in begins[:MOST_ROWS].tolist())
    severity = severity_of(count / whole, HIGH, MEDIUM)
    yield Finding("shared_passages", severity, part, what, HELD_OUT_TWICE, len(begins), rows)
