"""The contributions of the parts of an input to the scores of answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Attribution:
    """The contribution of each part of an input.

    Args:
        whole: The scores of the whole input, (answers,).
        contributions: (steps, features, answers), with one feature for tokens.
        start: The scores of the baseline input, all fillers, (answers,): contributions add up to
            `whole` - `start`; None if they need not add up.
        error: The largest deviation of their sum from `whole` - `start`.
        points: The number of points of the path at which gradients were computed.
    """

    whole: Array
    contributions: Array
    start: Array | None = None
    error: float = 0.0
    points: int = 0
