"""Findings about pairs of texts: untranslated, misaligned and dropped ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rnnkit.audit.finding import Finding, Place, count_and_places, severity_of, share_text
from rnnkit.quantities import agreed, counted

MANY = 0.02  # of the pairs
COPYING = 0.5  # share of equal pairs from which on copying is the task
WORDS, LONG = 4, 30  # distinct words or characters of a text that is hardly its own translation
LONGER = 4.0  # times the usual ratio of lengths
FEWEST = 10  # tokens of the longer side
SPREADS = 6.0  # median absolute deviations of the log ratio


def untranslated_pairs(
    sources: Sequence[str], targets: Sequence[str], place: Place
) -> Iterator[Finding]:
    """Targets that equal their sources.

    Args:
        sources: The sources of the training set.
        targets: Their targets.
        place: The place of each pair.
    """
    same = [
        index
        for index, (source, target) in enumerate(zip(sources, targets, strict=True))
        if source.strip() == target.strip()
        and (len(set(source.split())) >= WORDS or (len(source) >= LONG and source.strip()))
    ]
    if not same or len(same) >= COPYING * len(sources):
        return
    count, rows = count_and_places(place, same)
    what = f"the target of {share_text(count, len(sources))} training pairs is their source"
    cure = "Remove these pairs, where the target was never written"
    severity = severity_of(count / len(sources), 1.1, MANY)
    yield Finding("untranslated_pairs", severity, "train", what, cure, count, rows)


def misaligned_pairs(sources: np.ndarray, targets: np.ndarray, place: Place) -> Iterator[Finding]:
    """Pairs with an unusual ratio of lengths.

    Args:
        sources: The tokens of each source, (pairs,).
        targets: The tokens of each target, (pairs,).
        place: The place of each pair.
    """
    ratios = np.log(np.maximum(targets, 1) / np.maximum(sources, 1))
    usual = float(np.median(ratios))
    spread = float(np.median(np.abs(ratios - usual)))
    far = np.abs(ratios - usual) >= max(np.log(LONGER), SPREADS * spread)
    odd = np.flatnonzero(far & (np.maximum(sources, targets) >= FEWEST))
    if not len(odd):
        return
    count, rows = count_and_places(place, odd)
    first = int(odd[0])
    what = (
        f"{share_text(count, len(sources))} training pairs"
        f" {agreed(count, 'has', 'have')} one side that is much longer than"
        f" usual: {counted(sources[first], 'token becomes', 'tokens become')} {targets[first]} in"
        f" {place(first)}"
    )
    cure = "Read these pairs: a line may be missing on one side"
    severity = severity_of(count / len(sources), 1.1, MANY)
    yield Finding("misaligned_pairs", severity, "train", what, cure, count, rows)


def dropped_pairs(whole: int, kept: int, key: str) -> Iterator[Finding]:
    """Pairs that are dropped for their length.

    Args:
        whole: The number of pairs.
        kept: The number of pairs that are short enough.
        key: The settings of the greatest lengths.
    """
    if kept < 0.9 * whole:
        what = f"{share_text(whole - kept, whole)} pairs left out: one side is too long"
        yield Finding("dropped_pairs", "medium", "", what, f"Larger numbers in {key}", whole - kept)
