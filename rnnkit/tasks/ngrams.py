"""The scores of the n-grams with which a model of running text is compared: computed once for the
same texts, and during the training if these are long.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnkit.baselines.kneser_ney import KneserNey
from rnnkit.checksums import Input
from rnnkit.computations import Arrays, Computation, ComputedResults
from rnnkit.metrics.next_token import NextTokenScore
from rnnkit.registry import BASELINES, lookup
from rnnkit.tasks.next_token import NextTokenModel, ngram_score


def ngram_computation(
    train: np.ndarray, scored: np.ndarray, vocabulary: int, start: int | None = None
) -> Computation:
    """The scores of all n-grams.

    Args:
        train: The text that is counted, (tokens,).
        scored: The text whose tokens are predicted, (tokens,).
        vocabulary: The size of the vocabulary.
        start: The token that begins each text, which is not predicted; None if there is none.
    """
    return Computation(_scores, _inputs(train, scored, vocabulary, start))


def smoothed_computation(
    train: np.ndarray, scored: np.ndarray, vocabulary: int, start: int
) -> Computation:
    """The score of the smoothed n-grams alone; arguments as in `ngram_computation`."""
    return Computation(_smoothed_scores, _inputs(train, scored, vocabulary, start))


def _inputs(
    train: np.ndarray, scored: np.ndarray, vocabulary: int, start: int | None
) -> dict[str, Input]:
    return {"train": train, "scored": scored, "vocabulary": vocabulary, "start": start}


def ngram_scores(computed: ComputedResults, computation: Computation) -> dict[str, NextTokenScore]:
    """The scores of the n-grams by name, the simplest first."""
    return {
        name: NextTokenScore(int(tokens), int(correct), float(nats))
        for name, (tokens, correct, nats) in computed.result(computation).items()
    }


def _scores(train: np.ndarray, scored: np.ndarray, vocabulary: int, start: int | None) -> Arrays:
    models: dict[str, NextTokenModel] = {
        name: lookup("baseline", name)(train, vocabulary, start)
        for name in sorted(BASELINES, reverse=True)
    }
    counted = None if start is None else scored != start
    scores = {name: ngram_score(model, scored, counted) for name, model in models.items()}
    return _as_arrays(scores) | _smoothed_scores(train, scored, vocabulary, start)


def _smoothed_scores(
    train: np.ndarray, scored: np.ndarray, vocabulary: int, start: int | None
) -> Arrays:
    smoothed = KneserNey(train, vocabulary, start=start)
    score = ngram_score(smoothed, scored, None if start is None else scored != start)
    return _as_arrays({f"Kneser-Ney {smoothed.order}-gram": score})


def _as_arrays(scores: Mapping[str, NextTokenScore]) -> Arrays:
    return {
        name: np.array([score.tokens, score.correct, score.nats]) for name, score in scores.items()
    }
