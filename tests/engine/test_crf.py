"""The best labels and their probabilities, against all sequences of labels, one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.engine.crf import Legal, decode, marginals


def random_potentials(
    seed: int, batch: int, steps: int, labels: int, spread: float = 2.0
) -> np.ndarray:
    """As the crf layer makes them: in the first step all rows are one."""
    potentials = (
        np.random.default_rng(seed)
        .normal(0, spread, (batch, steps, labels, labels))
        .astype(np.float32)
    )
    potentials[:, 0] = potentials[:, 0, :1]
    return potentials


def all_scores(potentials: np.ndarray) -> dict[tuple[int, ...], float]:
    """The score of every sequence of labels of one text (steps, labels, labels)."""
    steps, labels = potentials.shape[:2]
    return {
        way: (
            float(potentials[0, 0, way[0]])
            + sum(float(potentials[step, way[step - 1], way[step]]) for step in range(1, steps))
        )
        for way in itertools.product(range(labels), repeat=steps)
    }


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_decode_is_the_best_of_all_sequences_and_its_probability(
    seed: int, steps: int, labels: int, restricted: bool
) -> None:
    generator = np.random.default_rng(seed)
    potentials = random_potentials(seed, 3, steps, labels)
    lengths = np.array([steps, *generator.integers(1, steps + 1, 2)])
    legal = None
    if restricted:
        legal = Legal(
            generator.random(labels) < 0.6,
            generator.random((labels, labels)) < 0.6,
            generator.random(labels) < 0.6,
        )
        legal.first[0] = legal.pairs[0, 0] = legal.last[0] = True  # one way there is always
    for row, (found, shares) in enumerate(decode(potentials, lengths, legal)):
        scores = all_scores(potentials[row, : lengths[row]])
        if legal is not None:
            scores = {
                way: score
                for way, score in scores.items()
                if legal.first[way[0]]
                and legal.last[way[-1]]
                and all(legal.pairs[pair] for pair in itertools.pairwise(way))
            }
        assert scores[tuple(map(int, found))] == pytest.approx(max(scores.values()))
        total = np.logaddexp.reduce([*scores.values()])
        each = marginals(potentials, lengths, legal)[row]
        assert each.sum(axis=1) == pytest.approx(1)
        assert each[range(len(found)), found] == pytest.approx(shares)
        for step, (label, share) in enumerate(zip(found, shares, strict=True)):
            through = np.logaddexp.reduce(
                [score for way, score in scores.items() if way[step] == label]
            )
            assert share == pytest.approx(np.exp(through - total), abs=1e-6)


def test_decode_ignores_padding() -> None:
    potentials = random_potentials(0, 2, 9, 3)
    short = decode(potentials[:, :5], np.array([5, 3]))
    for (labels, shares), (labels_too, shares_too) in zip(
        short, decode(potentials, np.array([5, 3])), strict=True
    ):
        assert labels.tolist() == labels_too.tolist()
        np.testing.assert_allclose(shares, shares_too)


def test_decode_by_hand() -> None:
    """Each step alone prefers labels 1, 0, 1; but to change the label costs more than that is
    worth.
    """
    alone = np.array([[0.0, 1.0], [0.5, 0.0], [0.0, 1.0]])
    change = np.where(np.eye(2, dtype=bool), 0.0, -3.0)
    potentials = alone[:, None] + change
    potentials[0] = alone[0]
    ((labels, _),) = decode(potentials[None], np.array([3]))
    assert labels.tolist() == [1, 1, 1]
    ((free, _),) = decode(np.broadcast_to(alone[None, :, None], (1, 3, 2, 2)).copy(), np.array([3]))
    assert free.tolist() == [1, 0, 1]
