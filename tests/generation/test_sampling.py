"""Samplers: what each does to the odds, by hand, and that draws follow the odds that are
computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rnnkit.generation.decode import generate
from rnnkit.generation.options import Generate
from rnnkit.generation.samplers import (
    OPTIONS,
    SamplerSpec,
    draw,
    repetition_penalty,
    temperature,
    top_k,
    top_p,
)
from rnnkit.generation.stepper import WindowStepper

NONE = -np.inf
NO_HISTORY = np.zeros((1, 1), int)

odds = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=12)


def logs(*probabilities: float) -> np.ndarray:
    """One row of logits with these probabilities."""
    return np.log(np.array([probabilities]))


def probabilities_of(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def kept(logits: np.ndarray) -> list[int]:
    """The tokens of the only row that can still be drawn."""
    return np.flatnonzero(np.isfinite(logits[0])).tolist()


# By hand.


def test_temperature_divides_logits_from_the_largest() -> None:
    assert temperature(np.array([[1.0, 3.0, NONE]]), 0.5, NO_HISTORY).tolist() == [
        [-4.0, 0.0, NONE]
    ]
    # p ** (1 / T), renormalised: 0.8 and 0.2 at T = 0.5 are 0.64 : 0.04, at T = 2 they are 2 : 1.
    assert probabilities_of(temperature(logs(0.8, 0.2), 0.5, NO_HISTORY)) == pytest.approx(
        np.array([[16 / 17, 1 / 17]])
    )
    assert probabilities_of(temperature(logs(0.8, 0.2), 2.0, NO_HISTORY)) == pytest.approx(
        np.array([[2 / 3, 1 / 3]])
    )


def test_top_k_keeps_the_highest() -> None:
    assert top_k(np.array([[1.0, 4.0, 2.0, 3.0]]), 2, NO_HISTORY).tolist() == [
        [NONE, 4.0, NONE, 3.0]
    ]
    assert top_k(np.array([[1.0, 4.0]]), 5, NO_HISTORY).tolist() == [[1.0, 4.0]]


def test_top_k_keeps_the_lower_id_of_equals() -> None:
    assert kept(top_k(np.array([[2.0, 7.0, 2.0, 2.0]]), 2, NO_HISTORY)) == [0, 1]
    assert kept(top_k(np.zeros((1, 6)), 3, NO_HISTORY)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("share", "tokens"),
    [
        (0.01, [2]),
        (0.45, [2]),
        (0.55, [1, 2]),
        (0.75, [1, 2]),
        (0.85, [1, 2, 3]),
        (0.95, [0, 1, 2, 3]),
        (1.0, [0, 1, 2, 3]),
    ],
)
def test_top_p_keeps_the_share(share: float, tokens: list[int]) -> None:
    """0.5, 0.3 (together 0.8), 0.12 (0.92) and 0.08."""
    assert kept(top_p(logs(0.08, 0.3, 0.5, 0.12), share, NO_HISTORY)) == tokens


@pytest.mark.parametrize(
    ("share", "count"), [(0.25, 1), (0.5, 2), (0.50001, 3), (0.75, 3), (1.0, 4)]
)
def test_top_p_stops_where_the_share_is_just_reached(share: float, count: int) -> None:
    assert kept(top_p(np.zeros((1, 4)), share, NO_HISTORY)) == list(range(count))


def test_top_p_preserves_the_ratios_of_what_it_keeps() -> None:
    assert probabilities_of(top_p(logs(0.1, 0.3, 0.6), 0.8, NO_HISTORY)) == pytest.approx(
        np.array([[0, 1 / 3, 2 / 3]])
    )


def test_repetition_penalty_divides_positive_multiplies_negative() -> None:
    logits = np.array([[4.0, -4.0, 3.0, -3.0, 0.0], [4.0, -4.0, 3.0, -3.0, 0.0]])
    history = np.array([[0, 1, 1, 0], [2, 4, 4, 3]])
    assert repetition_penalty(logits, 2.0, history).tolist() == [
        [2.0, -8.0, 3.0, -3.0, 0.0],
        [4.0, -4.0, 1.5, -6.0, 0.0],
    ]


def test_repetition_penalty_below_one_invites_repetition() -> None:
    assert repetition_penalty(np.array([[4.0, -4.0]]), 0.5, np.array([[0, 1]])).tolist() == [
        [8.0, -2.0]
    ]


def test_samplers_treat_each_row_alone() -> None:
    logits = np.array([[0.0, 5.0, 1.0], [5.0, 0.0, 1.0]])
    for sampler, value in ((repetition_penalty, 2.0), (top_k, 2), (temperature, 0.5), (top_p, 0.9)):
        together = sampler(logits, value, np.array([[1], [0]]))
        alone = [
            sampler(logits[row : row + 1], value, np.array([[1 - row]]))[0].tolist()
            for row in range(2)
        ]
        assert together.tolist() == alone, sampler.__name__


# For any odds.


@given(odds, st.integers(1, 15))
def test_top_k_keeps_exactly_k(values: list[float], count: int) -> None:
    logits = np.array([values], np.float64)
    tokens = kept(top_k(logits, count, NO_HISTORY))
    assert tokens == sorted(
        sorted(range(len(values)), key=lambda token: (-values[token], token))[:count]
    )


@given(odds, st.floats(1e-6, 1))
def test_top_p_keeps_the_smallest_sufficient_set(values: list[float], share: float) -> None:
    logits = np.array([values], np.float64)
    probabilities = probabilities_of(logits)[0]
    tokens = kept(top_p(logits, share, NO_HISTORY))
    likeliest_first = sorted(range(len(values)), key=lambda token: (-values[token], token))
    assert set(tokens) == set(likeliest_first[: len(tokens)])
    assert probabilities[tokens].sum() >= share - 1e-12
    assert probabilities[likeliest_first[: len(tokens) - 1]].sum() < share + 1e-12


# Draws against what is computed.

DRAWS = 20_000
LOGITS = np.array([2.0, 1.5, 1.0, 0.5, 0.0, -1.0])
SEED = np.array([0, 5])  # the tokens that stood before


def only(probabilities: np.ndarray, tokens: list[int]) -> np.ndarray:
    """The probabilities with all but `tokens` struck out."""
    left = np.zeros_like(probabilities)
    left[tokens] = probabilities[tokens]
    return left / left.sum()


def softmax(logits: np.ndarray) -> np.ndarray:
    return np.exp(logits) / np.exp(logits).sum()


PENALISED = np.array([1.0, 1.5, 1.0, 0.5, 0.0, -2.0])  # by a penalty of 2 on tokens 0 and 5


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"temperature": 1.0}, softmax(LOGITS)),
        ({"temperature": 0.5}, softmax(LOGITS * 2)),
        ({"temperature": 2.0}, softmax(LOGITS / 2)),
        ({"temperature": 1.0, "top_k": 1}, only(softmax(LOGITS), [0])),
        ({"temperature": 1.0, "top_k": 3}, only(softmax(LOGITS), [0, 1, 2])),
        ({"temperature": 2.0, "top_k": 3}, only(softmax(LOGITS / 2), [0, 1, 2])),
        # 0.42, 0.25 (together 0.67), 0.15 (0.83), 0.09, 0.06, 0.02.
        ({"temperature": 1.0, "top_p": 0.6}, only(softmax(LOGITS), [0, 1])),
        ({"temperature": 1.0, "top_p": 0.8}, only(softmax(LOGITS), [0, 1, 2])),
        # At 0.5: 0.63, 0.23 (together 0.86). At 2: 0.27, 0.21, 0.17, 0.13 (together 0.78).
        ({"temperature": 0.5, "top_p": 0.8}, only(softmax(LOGITS * 2), [0, 1])),
        ({"temperature": 2.0, "top_p": 0.7}, only(softmax(LOGITS / 2), [0, 1, 2, 3])),
        # Top-k first: of the three, 0.51, 0.31 (together 0.81), 0.19; without it 0.8 would take
        # three.
        ({"temperature": 1.0, "top_k": 3, "top_p": 0.8}, only(softmax(LOGITS), [0, 1])),
        # Top-k before the temperature, and that before top-p: at 3 the two that are left have 0.54
        # and 0.46.
        ({"temperature": 3.0, "top_k": 2, "top_p": 0.53}, only(softmax(LOGITS / 3), [0])),
        ({"temperature": 1.0, "repetition_penalty": 2.0}, softmax(PENALISED)),
        # The penalty before top-k: token 0 comes down to the height of token 2, and stays as the
        # lower id; then behind it, and falls out.
        (
            {"temperature": 1.0, "repetition_penalty": 2.0, "top_k": 2},
            only(softmax(PENALISED), [0, 1]),
        ),
        (
            {"temperature": 1.0, "repetition_penalty": 4.0, "top_k": 2},
            only(softmax(np.array([0.5, 1.5, 1.0, 0.5, 0.0, -4.0])), [1, 2]),
        ),
        # The penalty before top-p: 0.35, 0.21 (together 0.57), 0.21; without it two would hold
        # 0.67.
        (
            {"temperature": 1.0, "repetition_penalty": 2.0, "top_p": 0.6},
            only(softmax(PENALISED), [0, 1, 2]),
        ),
        # 0.45, 0.22, 0.22, 0.11 of the four; of all, three would hold only 0.85.
        (
            {"temperature": 0.7, "repetition_penalty": 2.0, "top_k": 4, "top_p": 0.88},
            only(softmax(PENALISED / 0.7), [0, 1, 2]),
        ),
    ],
)
def test_generate_draws_follow_the_computed_probabilities(
    options: dict[str, Any], expected: np.ndarray
) -> None:
    stepper = WindowStepper(lambda token_ids: np.tile(LOGITS, (len(token_ids), 1)), 2)
    asked = Generate(max_new_tokens=1, num_samples=1, random_seed=7, **options)
    (tokens,) = generate(stepper, np.tile(SEED, (DRAWS, 1)), asked)
    counts = np.bincount(tokens, minlength=len(LOGITS))
    possible = expected > 0
    assert counts[~possible].sum() == 0
    if possible.sum() > 1:
        assert stats.chisquare(counts[possible], expected[possible] * DRAWS).pvalue > 1e-4
    else:
        assert counts[possible] == DRAWS


def test_draw_chi_square_detects_a_difference_of_a_hundredth() -> None:
    tokens = draw(np.tile(logs(0.5, 0.3, 0.2), (DRAWS, 1)), np.random.default_rng(0))
    counts = np.bincount(tokens)
    assert stats.chisquare(counts, np.array([0.5, 0.3, 0.2]) * DRAWS).pvalue > 1e-4
    assert stats.chisquare(counts, np.array([0.52, 0.28, 0.2]) * DRAWS).pvalue < 1e-4


def test_samplers_apply_in_the_order_of_options() -> None:
    assert list(OPTIONS) == ["repetition_penalty", "top_k", "temperature", "top_p"]
    assert set(OPTIONS) <= set(Generate.model_fields)


def test_generate_further_samplers_apply_last_in_their_order() -> None:
    """They see what the options leave, at temperature 0 too, and the tokens so far."""
    stepper = WindowStepper(lambda token_ids: np.tile([3.0, 2.0, 1.0], (len(token_ids), 1)), 1)
    seen: list[tuple[list[float], int]] = []

    class Halved(SamplerSpec):
        def apply(self, logits: np.ndarray, history: np.ndarray) -> np.ndarray:
            seen.append((logits[0].tolist(), history.shape[1]))
            return logits / 2

    class Last(SamplerSpec):
        def apply(self, logits: np.ndarray, history: np.ndarray) -> np.ndarray:
            seen.append((logits[0].tolist(), history.shape[1]))
            return -logits

    options = Generate(max_new_tokens=2, repetition_penalty=2.0, samplers=[Halved(), Last()])
    rows = list(generate(stepper, np.array([[0]]), options))
    assert [row.tolist() for row in rows] == [[2], [2]]
    assert seen[:2] == [([1.5, 2.0, 1.0], 1), ([0.75, 1.0, 0.5], 1)]
    assert seen[2] == ([1.5, 2.0, 0.5], 2)


def test_generate_penalises_every_new_token_from_then_on() -> None:
    """Equal odds and a huge penalty: nothing comes twice, and nothing of the seed comes at all."""
    stepper = WindowStepper(lambda token_ids: np.full((len(token_ids), 6), 50.0), 1)
    options = Generate(max_new_tokens=4, temperature=1.0, repetition_penalty=100.0, random_seed=0)
    rows = np.array(list(generate(stepper, np.tile([[2, 4]], (50, 1)), options))).T
    assert all(sorted(row) == [0, 1, 3, 5] for row in rows.tolist())
    assert len({tuple(row) for row in rows.tolist()}) > 10


def test_generate_repetition_penalty_changes_greedy_too() -> None:
    stepper = WindowStepper(lambda token_ids: np.tile([3.0, 2.0, 1.0], (len(token_ids), 1)), 1)
    rows = [
        int(tokens[0])
        for tokens in generate(
            stepper, np.array([[2]]), Generate(max_new_tokens=3, repetition_penalty=2.0)
        )
    ]
    assert rows == [0, 1, 0]  # 3; then 1.5 against 2; then 1.5 against 1


def test_generate_draws_follow_the_random_seed() -> None:
    stepper = WindowStepper(lambda token_ids: np.zeros((len(token_ids), 50)), 1)

    def drawn(random_seed: int | None) -> list[list[int]]:
        options = Generate(max_new_tokens=20, temperature=1.0, random_seed=random_seed)
        return np.array(list(generate(stepper, np.zeros((3, 1), int), options))).T.tolist()

    assert drawn(0) == drawn(0)
    assert drawn(0) != drawn(1)
    assert drawn(None) != drawn(None)
    assert len({tuple(row) for row in drawn(0)}) == 3  # rows are drawn each for itself


@given(odds, st.lists(st.integers(0, 11), max_size=11))
def test_generate_never_draws_banned_tokens(values: list[float], banned: list[int]) -> None:
    banned = [token for token in banned if token < len(values)]
    if len(set(banned)) == len(values):
        return
    stepper = WindowStepper(
        lambda token_ids: np.tile(np.array(values, np.float32), (len(token_ids), 1)), 1
    )
    for degree in (0.0, 1.0, 50.0):
        options = Generate(max_new_tokens=5, temperature=degree, random_seed=0)
        for tokens in generate(stepper, np.zeros((4, 1), int), options, banned):
            assert not set(tokens.tolist()) & set(banned)
