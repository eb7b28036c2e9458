"""Nested samples of a training set, stratified by label, as a learning curve needs them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np


def stratified_sample(labels: Sequence[Hashable], count: int, random_seed: int) -> np.ndarray:
    """Draws rows at random, stratified by label; a smaller sample is a subset of a larger one.

    Args:
        labels: (rows,) the label of each row.
        count: Size of the sample.
        random_seed: Seeds the draw.

    Returns:
        (count,) the indices of the rows, ascending.
    """
    generator = np.random.default_rng((random_seed, 2))  # independent of the split's own draws
    strata: dict[Hashable, list[int]] = {}
    for row in generator.permutation(len(labels)).tolist():
        strata.setdefault(labels[row], []).append(row)
    order = np.empty(len(labels))
    for rows in strata.values():
        order[rows] = (np.arange(len(rows)) + generator.random()) / len(rows)
    if len(strata) <= count:  # every label is represented
        order[[rows[0] for rows in strata.values()]] = -1
    return np.sort(np.argsort(order, kind="stable")[:count])
