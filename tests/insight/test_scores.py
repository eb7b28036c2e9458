"""Scores of answers, compared with probabilities computed differently."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.engine.crf import Legal, marginals
from rnnkit.insight.scores import EachStep, Logit, LogOdds, OneStep, Score
from rnnkit.models.activations import softmax

LEGAL = Legal(np.array([True, True, False]), np.ones((3, 3), bool), np.ones(3, bool))
WHOLE = np.full(2, 99)  # no step is removed


def odds(probability: np.ndarray) -> np.ndarray:
    return np.log(probability / (1 - probability))


def test_log_odds_are_those_of_the_softmax() -> None:
    logits = np.random.default_rng(0).normal(size=(2, 4))
    chosen = np.array([[True, False, False, True], [False, True, False, False]])
    expected = np.stack([softmax(logits)[:, row].sum(axis=1) for row in chosen], axis=1)
    np.testing.assert_allclose(LogOdds(chosen)(logits, WHOLE), odds(expected))


def test_logit_of_the_other_answer_is_its_negative() -> None:
    logits = np.array([[0.7], [-2.0]], np.float32)
    np.testing.assert_allclose(Logit(0, -1)(logits, WHOLE), -logits)


def test_each_step_scores_its_own_token() -> None:
    logits = np.random.default_rng(1).normal(size=(2, 3, 5))
    shares = softmax(logits)[:, np.arange(3), [4, 0, 2]]
    np.testing.assert_allclose(EachStep(np.array([4, 0, 2]))(logits, WHOLE), odds(shares))


@pytest.mark.parametrize("chain", [True, False])
def test_one_step_is_the_marginal_of_the_chain_and_moves_with_what_is_removed(chain: bool) -> None:
    labels = 3
    shape = (2, 4, labels, labels) if chain else (2, 4, labels)
    outputs = np.random.default_rng(2).normal(size=shape)
    potentials = outputs if chain else np.repeat(outputs[:, :, None], labels, axis=2)
    probabilities = marginals(potentials, np.full(2, 4), LEGAL)
    score = OneStep(3, np.array([False, True, True]), chain, LEGAL)
    expected = odds(np.stack([probabilities[0][2, 1:].sum(), probabilities[1][3, 1:].sum()]))
    np.testing.assert_allclose(score(outputs, np.array([1, 4]))[:, 0], expected)


CHOSEN = np.array([False, True, True])
SCORES: dict[str, tuple[Score, tuple[int, ...]]] = {
    "log-odds": (
        LogOdds(np.array([[True, False, True, False], [False, True, False, False]])),
        (4,),
    ),
    "logit": (Logit(1, -1), (2,)),
    "each step": (EachStep(np.array([2, 0])), (2, 3)),
    "one step": (OneStep(2, CHOSEN), (4, 3)),
    "legal steps": (OneStep(2, CHOSEN, legal=LEGAL), (4, 3)),
    "chain": (OneStep(2, CHOSEN, chain=True), (4, 3, 3)),
    "legal chain": (OneStep(0, CHOSEN, chain=True, legal=LEGAL), (4, 3, 3)),
}


@pytest.mark.parametrize("name", SCORES)
def test_gradient_is_the_slope_of_the_score(name: str) -> None:
    score, shape = SCORES[name]
    outputs = np.random.default_rng(3).normal(size=(2, *shape))
    answers = score(outputs, WHOLE).shape[1]
    for answer in range(answers):
        slopes = np.empty_like(outputs)
        for place in np.ndindex(outputs.shape):
            moved = [outputs.copy(), outputs.copy()]
            moved[0][place] += 1e-5
            moved[1][place] -= 1e-5
            high, low = (score(outputs, WHOLE)[place[0], answer] for outputs in moved)
            slopes[place] = (high - low) / 2e-5
        np.testing.assert_allclose(score.gradient(outputs, answer), slopes, atol=1e-8)
