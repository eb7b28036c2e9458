"""The question how an answer depends on an input: the score as a function of the input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnkit.insight.scores import Score

Array = np.ndarray
Answers = Callable[[Array], Array]
"""A model as a function of (rows, steps, ...) inputs to (rows, ...) outputs."""


@dataclass(frozen=True)
class Question:
    """The scores of answers, and the input on whose parts they may depend.

    Args:
        of: The answers that are explained: a label, a tag or a token; of a decoder, all tokens of
            its target.
        score: The scores of these answers.
        parts: The text of each step, for a person.
        inputs: The model's input, (steps, ...).
        answers: The model.
        filler: The replacement of a step that is left out, like one step of `inputs`.
        manner: How steps are left out, in words.
        blank: What an input of fillers is, in words.
        removes: Whether steps are removed instead of replaced.
        kept: The only step that is replaced while others are removed; None for none.
        features: The names of the numbers of a step, which are left out one by one; empty for
            tokens.
        lags: The distance of each number from the first step ahead, (steps, features).
        at_once: The number of rows that the model reads at once.
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
        """The scores of (rows, steps, ...) inputs, (rows, answers); `removed` as in `Score`."""
        if removed is None:
            removed = np.full(len(inputs), len(self.inputs))
        scores = []
        for start in range(0, len(inputs), self.at_once):
            rows = slice(start, start + self.at_once)
            scores.append(self.score(self.answers(inputs[rows]), removed[rows]))
        return np.concatenate(scores)
