"""Findings about passages of a running text that a held-out part shares with training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnkit.audit.duplicates import HELD_OUT_TWICE, HIGH, MEDIUM
from rnnkit.audit.finding import MOST_ROWS, Finding, severity_of, share_text
from rnnkit.audit.stretches import covered_steps, run_starts, stretch_keys
from rnnkit.quantities import agreed, counted


def shared_passages(
    train: np.ndarray, held_out: np.ndarray, part: str, length: int
) -> Iterator[Finding]:
    """Passages of a held-out part that are also in the training set.

    Args:
        train: The token ids of training, (tokens,).
        held_out: The token ids of the part, (tokens,).
        part: The part's name.
        length: The least tokens of a passage that is not repeated by chance.
    """
    if min(len(train), len(held_out)) < length:
        return
    known = np.isin(stretch_keys(held_out, length), np.unique(stretch_keys(train, length)))
    begins = run_starts(known)
    if not len(begins):
        return
    count, whole = int(covered_steps(known, length).sum()), len(held_out)
    what = (
        f"{share_text(count, whole)} {part} tokens {agreed(count, 'lies', 'lie')} in"
        f" {counted(len(begins), 'passage')} of {length} tokens or more that the training set has"
        " too"
    )
    rows = tuple(f"token {step + 1:,} of {part}" for step in begins[:MOST_ROWS].tolist())
    severity = severity_of(count / whole, HIGH, MEDIUM)
    yield Finding("shared_passages", severity, part, what, HELD_OUT_TWICE, len(begins), rows)
