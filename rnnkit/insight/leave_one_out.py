"""Leave-one-out attribution: the score of an input minus that without each of its parts."""

from __future__ import annotations

import numpy as np

from rnnkit.insight.attribution import Attribution
from rnnkit.insight.question import Question

Array = np.ndarray


def leave_one_out(question: Question) -> Attribution:
    """The score minus that without each part, one at a time (Li et al. 2016, "Understanding neural
    networks through representation erasure").
    """
    whole = question.scores(question.inputs[None])[0]
    without = _by_number(question) if question.features else _by_step(question)
    return Attribution(whole, whole - without)


def _by_number(question: Question) -> Array:
    """The scores without each number, (steps, features, answers)."""
    inputs, filler = question.inputs, question.filler
    steps, features = inputs.shape
    scores = []
    for step in range(steps):
        rows = np.repeat(inputs[None], features, axis=0)
        rows[np.arange(features), step, np.arange(features)] = filler
        scores.append(question.scores(rows))
    return np.stack(scores)


def _by_step(question: Question) -> Array:
    """The scores without each token, (steps, 1, answers)."""
    inputs, steps = question.inputs, len(question.inputs)
    removed = np.arange(steps) if question.removes and steps > 1 else np.empty(0, np.int64)
    removed = removed[removed != question.kept] if question.kept is not None else removed
    replaced = np.setdiff1d(np.arange(steps), removed)
    scores = np.empty((steps, len(question.of)))
    if len(removed):
        shorter = np.stack([np.delete(inputs, step, axis=0) for step in removed])
        scores[removed] = question.scores(shorter, removed)
    if len(replaced):
        others = np.repeat(inputs[None], len(replaced), axis=0)
        others[np.arange(len(replaced)), replaced] = question.filler
        scores[replaced] = question.scores(others)
    return scores[:, None]
