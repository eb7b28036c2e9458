"""Pairs of texts: a target that was never written, or that belongs to another source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rnnkit.audit.finding import Finding, Place, rows_at, severity_of, shown_share
from rnnkit.quantities import agreed, counted

MANY = 0.02  # of the pairs
COPYING = 0.5  # of them from which copying is the task
WORDS, LONG = 4, 30  # different words, or characters, of a text that is hardly its own translation
LONGER = 4.0  # times, against the usual ratio of lengths
FEWEST = 10  # words, or tokens, of the longer side
SPREADS = 6.0  # of the usual ratios


def untranslated_pairs(
    sources: Sequence[str], targets: Sequence[str], place: Place
) -> Iterator[Finding]:
    """Targets that are their sources.

    Args:
        sources: The sources of the training set.
        targets: What each becomes.
        place: Where each pair comes from.
    """
    both = zip(sources, targets, strict=True)
    same = [i for i, (one, other) in enumerate(both) if one.strip() == other.strip() != ""]
    same = [i for i in same if len(set(sources[i].split())) >= WORDS or len(sources[i]) >= LONG]
    if not same or len(same) >= COPYING * len(sources):
        return
    count, rows = rows_at(place, same)
    what = f"the target of {shown_share(count, len(sources))} training pairs is their source"
    cure = "Remove these pairs, where the target was never written"
    severity = severity_of(count / len(sources), 1.1, MANY)
    yield Finding("untranslated_pairs", severity, "train", what, cure, count, rows)


def misaligned_pairs(sources: np.ndarray, targets: np.ndarray, place: Place) -> Iterator[Finding]:
    """Pairs of which one side is much longer than it usually is for the other.

    Args:
        sources: (pairs,) tokens of each source.
        targets: (pairs,) tokens of each target.
        place: Where each pair comes from.
    """
    ratios = np.log(np.maximum(targets, 1) / np.maximum(sources, 1))
    usual = float(np.median(ratios))
    spread = float(np.median(np.abs(ratios - usual)))
    far = np.abs(ratios - usual) >= max(np.log(LONGER), SPREADS * spread)
    odd = np.flatnonzero(far & (np.maximum(sources, targets) >= FEWEST))
    if not len(odd):
        return
    count, rows = rows_at(place, odd)
    first = int(odd[0])
    what = (
        f"{shown_share(count, len(sources))} training pairs"
        f" {agreed(count, 'has', 'have')} one side that is much longer than"
        f" usual: {counted(sources[first], 'token becomes', 'tokens become')} {targets[first]} in"
        f" {place(first)}"
    )
    cure = "Read these pairs: a line may be missing on one side"
    severity = severity_of(count / len(sources), 1.1, MANY)
    yield Finding("misaligned_pairs", severity, "train", what, cure, count, rows)


def dropped_pairs(whole: int, kept: int, key: str) -> Iterator[Finding]:
    """Pairs that are too long.

    Args:
        whole: How many there are.
        kept: How many of them are short enough.
        key: The settings that bound them.
    """
    if kept < 0.9 * whole:
        what = f"{shown_share(whole - kept, whole)} pairs left out: one side is too long"
        yield Finding("dropped_pairs", "medium", "", what, f"Larger numbers in {key}", whole - kept)
