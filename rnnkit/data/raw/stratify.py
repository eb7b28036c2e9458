"""Which units are held out: about the share asked for of the rows, and of every label alike.

Of several labels a text counts for its rarest one at first, as in the iterative stratification of
Sechidis, Tsoumakas and Vlahavas (2011, "On the stratification of multi-label data"); then units are
exchanged until no exchange brings the labels nearer to their shares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from rnnkit.data.raw.exchange import Wanted, exchanged
from rnnkit.data.raw.units import Units

ABOUT = 0.01  # of a part: nearer to its share than this, or than one row, it stays as it was drawn
EXACT = 0.5  # rows
REPEATED = 0.25  # of the rows with a label, where texts that repeat alone make the difference
RARE = 0.5  # of a part, at most: what rare labels get of it beyond their shares
RESTARTS = 16


def stratified(
    units: Units, shares: Mapping[str, float], random_seed: int, *, exact: bool = False
) -> dict[str, np.ndarray]:
    """The rows of each part, ascending; every label keeps a row of the training set.

    Args:
        units: What stays together.
        shares: Parts to hold out and their shares; the rest is "train".
        random_seed: The same seed gives the same parts, whatever the training's own seed.
        exact: Whether the rows are brought as near to the share as can be; else to one row or one
            percent, and those of each label roughly, so that repeated texts do not change what was
            drawn.
    """
    random, further = (np.random.default_rng(seed) for seed in (random_seed, (random_seed, 1)))
    drawn = [stratum[random.permutation(len(stratum))] for stratum in units.strata]
    is_left = np.ones(len(units), bool)
    parts: dict[str, np.ndarray] = {}
    shares = _affordable(units, shares)
    # The test comes first, and from the other end, so that it is the same whatever the share of
    # validation.
    for part in sorted(shares):
        left = [stratum[is_left[stratum]] for stratum in drawn]
        # of two texts with a label validation has one, not the test
        wanted = _wanted(units, is_left, shares[part], 3 if part == "test" else 2, further)
        sizes = _sizes(units, left, shares[part], wanted.required, further)
        first = np.concatenate(
            [
                stratum[len(stratum) - size :] if part == "test" else stratum[:size]
                for stratum, size in zip(left, sizes.tolist(), strict=True)
            ]
        )
        if not exact:
            off = abs(int(units.sizes[first].sum()) - wanted.rows)
            tolerance = min(max(off, EXACT), max(1, ABOUT * wanted.rows))
            near = wanted.near if units.several else REPEATED
            wanted = replace(wanted, tolerance=tolerance, near=near)
        taken = exchanged(units, np.flatnonzero(is_left), first, wanted, further, RESTARTS * exact)
        is_left[taken] = False
        parts[part] = units.rows(taken)
    return {"train": units.rows(np.flatnonzero(is_left))} | {part: parts[part] for part in shares}


def _affordable(units: Units, shares: Mapping[str, float]) -> Mapping[str, float]:
    """The shares; smaller ones in the same proportion where they are more than all that can be held
    out, since the largest unit is trained on.
    """
    most = 1 - int(units.sizes.max(initial=0)) / max(1, int(units.sizes.sum()))
    asked = sum(shares.values())
    return (
        shares if asked <= most else {part: most * share / asked for part, share in shares.items()}
    )


def _wanted(
    units: Units, is_left: np.ndarray, share: float, fewest: int, random: np.random.Generator
) -> Wanted:
    """What a part is to hold of the units that are left; where at least `fewest` of them have a
    label that is too rare for a share, it wants one.
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
    return Wanted(rows, EXACT, left_rows, label_rows, required, units.label_rows(left) - 1)


def _sizes(
    units: Units,
    left: Sequence[np.ndarray],
    share: float,
    required: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """How many units of each stratum to take: its share, rounded; those with the largest remainders
    are rounded up, or down, so that all together are the share of all.

    Args:
        units: All of them.
        left: The units of each stratum that may be taken; one stays.
        share: The share of all units of a stratum.
        required: (labels,) whether one is taken in any case.
        random: Chooses among equal remainders.
    """
    most = np.maximum([len(stratum) - 1 for stratum in left], 0)
    exact = share * np.array([len(stratum) for stratum in units.strata])
    total = round(share * len(units))
    fixed = np.append(required, False) & (most > 0)
    if fixed.any():
        spread = exact[~fixed].sum()
        exact = np.where(fixed, 1, exact * max(total - fixed.sum(), 0) / (spread or 1))
    sizes = np.minimum(np.rint(exact), most).astype(np.int64)
    if abs(total - int(sizes.sum())) <= int(ABOUT * total):
        return sizes  # each label's own rounding is near enough
    while missing := total - int(sizes.sum()):
        sign = 1 if missing > 0 else -1
        free = ~fixed & ((sizes < most) if missing > 0 else (sizes > 0))
        strata = random.permutation(np.flatnonzero(free))
        if not len(strata):
            break
        order = np.argsort(-sign * (exact - sizes)[strata], kind="stable")
        sizes[strata[order[: abs(missing)]]] += sign
    return sizes
