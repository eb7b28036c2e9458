"""What each part of an input contributes to the score of an answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Attribution:
    """What each part contributes.

    Args:
        whole: (answers,) the scores of the whole input.
        contributions: (steps, features, answers); of tokens with one feature.
        start: (answers,) the scores of an input of fillers alone, to which the contributions add
            up with it; None if they need not add up.
        error: By how much at most their sum differs from `whole` - `start`.
        points: The points of the path from there that were computed.
    """

    whole: Array
    contributions: Array
    start: Array | None = None
    error: float = 0.0
    points: int = 0
