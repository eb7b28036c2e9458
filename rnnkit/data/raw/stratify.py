"""Stratified splits: each part gets its share of the rows and of every label.

In a multi-label data set each text is first drawn by its rarest label, as in the iterative
stratification of Sechidis, Tsoumakas and Vlahavas (2011, "On the stratification of multi-label
data"); then units are exchanged until no exchange brings the labels closer to their shares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from rnnkit.data.raw.exchange import Target, exchanged
from rnnkit.data.raw.units import Units

SIZE_TOLERANCE = 0.01  # of a part's size (at least one row); a draw within it is not improved
EXACT = 0.5  # rows
LABEL_TOLERANCE = 0.25  # of the rows with a label, when only repeated texts cause the deviation
RARE = 0.5  # of a part: the most that rare labels may take beyond their shares
RESTARTS = 16


def stratified(
    units: Units, shares: Mapping[str, float], random_seed: int, *, exact: bool = False
) -> dict[str, np.ndarray]:
    """Splits rows at random, stratified by label; every label keeps a row in training.

    Args:
        units: The units of rows that stay together.
        shares: Parts to hold out and their shares; the rest is "train".
        random_seed: Seed of the split, independent of the seed of the training.
        exact: Whether to bring the parts as close to their shares as possible; else to within one
            row or 1 %, and each label roughly, so that repeated texts hardly change the draw.

    Returns:
        The row indices of each part, ascending.
    """
    random, further = (np.random.default_rng(seed) for seed in (random_seed, (random_seed, 1)))
    drawn = [stratum[random.permutation(len(stratum))] for stratum in units.strata]
    is_left = np.ones(len(units), bool)
    parts: dict[str, np.ndarray] = {}
    shares = _affordable(units, shares)
    # The test part is drawn first, from the other end, so that it does not depend on the share of
    # the validation part.
    for part in sorted(shares):
        left = [stratum[is_left[stratum]] for stratum in drawn]
        # a label with only two units goes to validation, not to test
        target = _target(units, is_left, shares[part], 3 if part == "test" else 2, further)
        sizes = _sizes(units, left, shares[part], target.required, further)
        first = np.concatenate(
            [
                stratum[len(stratum) - size :] if part == "test" else stratum[:size]
                for stratum, size in zip(left, sizes.tolist(), strict=True)
            ]
        )
        if not exact:
            deviation = abs(int(units.sizes[first].sum()) - target.rows)
            tolerance = min(max(deviation, EXACT), max(1, SIZE_TOLERANCE * target.rows))
            label_tolerance = target.label_tolerance if units.several else LABEL_TOLERANCE
            target = replace(target, tolerance=tolerance, label_tolerance=label_tolerance)
        taken = exchanged(units, np.flatnonzero(is_left), first, target, further, RESTARTS * exact)
        is_left[taken] = False
        parts[part] = units.rows(taken)
    return {"train": units.rows(np.flatnonzero(is_left))} | {part: parts[part] for part in shares}


def _affordable(units: Units, shares: Mapping[str, float]) -> Mapping[str, float]:
    """The shares, scaled down to what can be held out: the largest unit is trained on."""
    most = 1 - int(units.sizes.max(initial=0)) / max(1, int(units.sizes.sum()))
    total = sum(shares.values())
    if total <= most:
        return shares
    return {part: most * share / total for part, share in shares.items()}


def _target(
    units: Units, is_left: np.ndarray, share: float, fewest: int, random: np.random.Generator
) -> Target:
    """The target of a part, drawn from the remaining units; a label too rare for its share of a row
    is required once if at least `fewest` units have it.
    """
    left = np.flatnonzero(is_left)
    rows = round(share * int(units.sizes.sum()))
    label_rows = share * units.label_rows(np.arange(len(units)))
    rare = random.permutation(
        np.flatnonzero((label_rows < 1) & (units.label_units(left) >= fewest))
    )
    rare = rare[np.argsort(-label_rows[rare], kind="stable")]
    most = int(np.searchsorted(np.cumsum(1 - label_rows[rare]), RARE * rows, "right"))
    required = np.zeros(units.label_count, bool)
    required[rare[: min(max(most, 1), rows) if rows > 1 else 0]] = True
    left_rows = int(units.sizes[left].sum())
    return Target(rows, EXACT, left_rows, label_rows, required, units.label_rows(left) - 1)


def _sizes(
    units: Units,
    left: Sequence[np.ndarray],
    share: float,
    required: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """The number of units to take from each stratum, by the largest-remainder method.

    Args:
        units: All units.
        left: The remaining units of each stratum, one of which must stay.
        share: The share of the units of each stratum.
        required: (labels,) whether a unit is taken in any case.
        random: Breaks ties between equal remainders.
    """
    most = np.maximum([len(stratum) - 1 for stratum in left], 0)
    exact = share * np.array([len(stratum) for stratum in units.strata])
    total = round(share * len(units))
    fixed = np.append(required, False) & (most > 0)
    if fixed.any():
        spread = exact[~fixed].sum()
        exact = np.where(fixed, 1, exact * max(total - fixed.sum(), 0) / (spread or 1))
    sizes = np.minimum(np.rint(exact), most).astype(np.int64)
    if abs(total - int(sizes.sum())) <= int(SIZE_TOLERANCE * total):
        return sizes
    while missing := total - int(sizes.sum()):
        sign = 1 if missing > 0 else -1
        free = ~fixed & ((sizes < most) if missing > 0 else (sizes > 0))
        strata = random.permutation(np.flatnonzero(free))
        if not len(strata):
            break
        order = np.argsort(-sign * (exact - sizes)[strata], kind="stable")
        sizes[strata[order[: abs(missing)]]] += sign
    return sizes
