"""Some rows of a training set, as a learning curve takes them: of every label alike, and a smaller
choice is a part of a larger one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np


def some_of(labels: Sequence[Hashable], count: int, random_seed: int) -> np.ndarray:
    """A random sample of rows, stratified by label, ascending.

    Args:
        labels: (rows,) the label of each row.
        count: How many rows.
        random_seed: Seeds the choice.
    """
    generator = np.random.default_rng((random_seed, 2))  # other draws than those of the parts
    strata: dict[Hashable, list[int]] = {}
    for row in generator.permutation(len(labels)).tolist():
        strata.setdefault(labels[row], []).append(row)
    order = np.empty(len(labels))
    for rows in strata.values():
        order[rows] = (np.arange(len(rows)) + generator.random()) / len(rows)
    if len(strata) <= count:  # each label has a row
        order[[rows[0] for rows in strata.values()]] = -1
    return np.sort(np.argsort(order, kind="stable")[:count])
