"""What an answer depends on: its score, as a function of what a model reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnkit.insight.scores import Score

Array = np.ndarray
Answers = Callable[[Array], Array]
"""(rows, steps, ...) of what a model reads to its outputs, (rows, ...)."""


@dataclass(frozen=True)
class Question:
    """The score of what is answered, and the parts of what is read that it may depend on.

    Args:
        of: What is answered: a label, a tag, a token; of a decoder each token of its target.
        score: The score of the outputs, one for each of `of`.
        parts: What each step is, as a person reads it.
        inputs: What the model reads, (steps, ...).
        answers: The model.
        filler: Like one step of `inputs`: what stands in place of what is left out.
        manner: How that is done, in words.
        blank: What an input of fillers alone is, in words.
        removes: Whether a step is removed, not replaced.
        kept: The one step that is replaced, though others are removed; None for none.
        features: The numbers of a step, which are left out one by one; empty for tokens.
        lags: (steps, features) how many steps before the first one ahead each number is.
        at_once: Rows that the model reads at once.
    """

    of: tuple[str, ...]
    score: Score
    parts: tuple[str, ...]
    inputs: Array
    answers: Answers
    filler: Array
    manner: str
    blank: str
    removes: bool = False
    kept: int | None = None
    features: tuple[str, ...] = ()
    lags: Array | None = None
    at_once: int = 256

    def scores(self, inputs: Array, removed: Array | None = None) -> Array:
        """(rows, answers) of (rows, steps, ...) inputs."""
        lacks = np.full(len(inputs), len(self.inputs)) if removed is None else removed
        pieces = [
            self.score(self.answers(inputs[rows]), lacks[rows])
            for start in range(0, len(inputs), self.at_once)
            for rows in [slice(start, start + self.at_once)]
        ]
        return np.concatenate(pieces)
