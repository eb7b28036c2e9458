"""Findings about labels: skewed, rare, missing and shifted ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from rnnkit.audit.finding import Finding, Severity
from rnnkit.quantities import counted, percent

SKEWED = 10.0  # least ratio of the most frequent label to the rarest
FEW = 10  # rows of a label
SHIFT = 0.1  # least distance (total variation) of the distributions of labels
NAMED = 8  # most labels that a finding names


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def skewed_classes(counts: Mapping[str, int], unit: str, cure: str) -> Iterator[Finding]:
    """A label that is much more frequent than another.

    Args:
        counts: The training rows with each label.
        unit: What rows are: "texts".
        cure: The setting of weights for labels; "" if it is set.
    """
    present = {name: count for name, count in counts.items() if count}
    if len(present) < 2 or not cure:
        return
    most, least = max(present, key=present.__getitem__), min(present, key=present.__getitem__)
    ratio = present[most] / present[least]
    if ratio >= SKEWED:
        yield Finding(
            "skewed_classes",
            "medium",
            "train",
            f"{present[most]:,} {unit} of {most} and {present[least]:,} of {least}:"
            f" {ratio:,.0f} times as many",
            cure,
            present[least],
        )


def rare_classes(counts: Mapping[str, int], unit: str) -> Iterator[Finding]:
    """Labels with too few rows to learn from."""
    rare = [f"{name} ({count})" for name, count in counts.items() if 0 < count < FEW]
    if rare:
        what = f"fewer than {FEW} {unit} for {len(rare):,} of {counted(len(counts), 'label')}"
        cure = "More rows of them, or one label for several of them"
        yield Finding(
            "rare_classes", "medium", "train", f"{what}: {_listed(rare)}", cure, len(rare)
        )


def missing_classes(
    parts: Mapping[str, Mapping[str, int]], *, drawn: bool = True
) -> Iterator[Finding]:
    """Labels of the training set that a held-out part lacks.

    Args:
        parts: The count of each label in each part.
        drawn: Whether a larger part is likely to have them; else it is the end of a series.
    """
    known = [name for name, count in parts["train"].items() if count]
    for part, counts in parts.items():
        missing = [name for name in known if not counts.get(name)]
        if part != "train" and missing:
            what = f"{part} has no row with {_listed(missing)}: its scores say nothing about them"
            severity: Severity = (
                "low" if all(parts["train"][name] < FEW for name in missing) else "medium"
            )
            cure = (
                f"Write `data.split.{part}: 0.3`; where it has a file of its own, add rows to that"
            )
            yield Finding("missing_classes", severity, part, what, cure, len(missing))


def shifted_classes(parts: Mapping[str, Mapping[str, int]]) -> Iterator[Finding]:
    """Held-out parts whose labels are distributed differently from those of training."""
    names = list(parts["train"])
    train = np.array([parts["train"][name] for name in names], float)
    for part, counts in parts.items():
        held_out = np.array([counts.get(name, 0) for name in names], float)
        if part == "train" or not held_out.sum() or not train.sum():
            continue
        shares, train_shares = held_out / held_out.sum(), train / train.sum()
        distance = float(np.abs(shares - train_shares).sum() / 2)
        chance = float(np.sqrt(train_shares * (1 - train_shares) / held_out.sum()).sum() / 2)
        if distance < SHIFT or distance < 3 * chance:
            continue
        most = int(np.abs(shares - train_shares).argmax())
        what = (
            f"the distribution of {part} labels differs by {percent(distance)} from that of"
            f" training: {percent(shares[most])} are {names[most]}, in training"
            f" {percent(train_shares[most])}"
        )
        cure = "Draw both parts from the same rows"
        yield Finding("shifted_classes", "medium", part, what, cure)
