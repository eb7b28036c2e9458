"""Beam search against every sequence there is, on a chain whose odds are known."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.generation.decode import Beam, beam_search, complete, generate
from rnnkit.generation.options import Generate
from rnnkit.generation.stepper import WindowStepper

Ends = Callable[[list[int]], bool]


def chain(probabilities: np.ndarray) -> WindowStepper:
    """A model whose next token depends on the last one: row = last token, column = next token."""
    with np.errstate(divide="ignore"):
        logits = np.log(probabilities).astype(np.float32)
    return WindowStepper(lambda token_ids: logits[token_ids[:, -1]], 1)


def random_chain(seed: int, tokens: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(tokens, 0.7), size=tokens)


def search(
    probabilities: np.ndarray,
    width: int,
    length: int,
    *,
    penalty: float = 1.0,
    ends: Ends | None = None,
    banned: tuple[int, ...] = (),
) -> list[Beam]:
    options = Generate(beam_size=width, max_new_tokens=length, length_penalty=penalty)
    (beams,) = beam_search(
        chain(probabilities), np.array([[0]]), options, banned, *([ends] if ends else [])
    )
    return beams


def brute_force(
    probabilities: np.ndarray,
    length: int,
    *,
    penalty: float = 1.0,
    ends: Ends = lambda tokens: False,
) -> list[Beam]:
    """Every continuation of token 0 that ends by `ends` or by its length, best first."""
    found = {}
    for tokens in itertools.product(range(len(probabilities)), repeat=length):
        row = list(tokens)
        stop = next((end for end in range(1, length + 1) if ends(row[:end])), length)
        row = row[:stop]
        chances = [probabilities[before, after] for before, after in itertools.pairwise([0, *row])]
        if min(chances) > 0:
            total = sum(map(math.log, chances))
            found[tuple(row)] = Beam(row, total, total / len(row) ** penalty)
    return sorted(found.values(), key=lambda beam: -beam.score)


def assert_best(beams: list[Beam], every: list[Beam]) -> None:
    """The beams are the best of all; of equals (the same steps in another order) any will do."""
    by_tokens = {tuple(beam.tokens): beam for beam in every}
    assert len({tuple(beam.tokens) for beam in beams}) == len(beams)
    assert [beam.score for beam in beams] == pytest.approx(
        [beam.score for beam in every[: len(beams)]], rel=1e-5
    )
    for beam in beams:
        expected = by_tokens[tuple(beam.tokens)]
        assert (beam.log_probability, beam.score) == pytest.approx(
            (expected.log_probability, expected.score), rel=1e-5
        )


def ends_with(token: int) -> Ends:
    return lambda tokens: tokens[-1] == token


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_beam_search_wide_enough_finds_the_best_of_all(seed: int, penalty: float) -> None:
    chances = random_chain(seed)
    assert_best(search(chances, 64, 4, penalty=penalty), brute_force(chances, 4, penalty=penalty))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("penalty", [0.0, 0.6, 1.0, 2.0])
def test_beam_search_with_continuations_that_end_early(seed: int, penalty: float) -> None:
    chances = random_chain(seed)
    assert_best(
        search(chances, 64, 4, penalty=penalty, ends=ends_with(3)),
        brute_force(chances, 4, penalty=penalty, ends=ends_with(3)),
    )


@given(st.integers(0, 1000), st.integers(2, 5), st.integers(1, 4))
def test_beam_search_skips_impossible_continuations(seed: int, tokens: int, length: int) -> None:
    """Some steps are impossible: their continuations must not come."""
    generator = np.random.default_rng(seed)
    chances = random_chain(seed, tokens) * (generator.random((tokens, tokens)) < 0.7)
    chances[:, 0] += 0.1
    chances /= chances.sum(axis=1, keepdims=True)
    expected = brute_force(chances, length)
    beams = search(chances, 1000, length)
    assert len(beams) == len(expected)
    assert_best(beams, expected)


def test_beam_search_finds_what_greedy_misses() -> None:
    """Token 1 is likelier at first (0.6), but what follows token 2 is sure: 0.4 * 0.9 beats 0.6 *
    0.5.
    """
    chances = np.array([[0.0, 0.6, 0.4], [0.5, 0.5, 0.0], [0.1, 0.0, 0.9]])
    assert [
        int(tokens[0])
        for tokens in generate(chain(chances), np.array([[0]]), Generate(max_new_tokens=2))
    ] == [1, 0]
    best, second = search(chances, 2, 2)
    assert best.tokens == [2, 2]
    assert best.log_probability == pytest.approx(math.log(0.36))
    assert second.log_probability == pytest.approx(math.log(0.30))


@pytest.mark.parametrize("seed", range(5))
def test_beam_search_of_one_beam_is_greedy(seed: int) -> None:
    chances = random_chain(seed, 6)
    greedy = [
        int(tokens[0])
        for tokens in generate(chain(chances), np.array([[0]]), Generate(max_new_tokens=7))
    ]
    (beam,) = search(chances, 1, 7)
    assert beam.tokens == greedy


def test_beam_search_length_penalty_changes_the_winner() -> None:
    """From 0: token 1 (which ends) with 0.3, or token 2 with 0.7 and then token 1 with 0.4, in all
    0.28.

    By log p alone the short one wins: -1.20 against -1.27. Per token it is -1.20 against -0.64.
    """
    chances = np.array([[0.0, 0.3, 0.7], [1 / 3, 1 / 3, 1 / 3], [0.35, 0.4, 0.25]])
    ends = ends_with(1)
    assert search(chances, 3, 2, penalty=0.0, ends=ends)[0].tokens == [1]
    best = search(chances, 3, 2, penalty=1.0, ends=ends)[0]
    assert best.tokens == [2, 1]
    assert (best.log_probability, best.score) == pytest.approx((math.log(0.28), math.log(0.28) / 2))
    assert search(chances, 3, 2, penalty=2.0, ends=ends)[0].score == pytest.approx(
        math.log(0.28) / 4
    )


def test_beam_search_ended_texts_take_no_place() -> None:
    """Token 1 (which ends) is the likeliest at once; a beam of one must still follow token 2, which
    scores higher in the end.
    """
    chances = np.array([[0.0, 0.6, 0.4], [1 / 3, 1 / 3, 1 / 3], [0.0, 1.0, 0.0]])
    (best,) = search(chances, 1, 2, penalty=3.0, ends=ends_with(1))
    assert best.tokens == [2, 1]
    assert best.score == pytest.approx(math.log(0.4) / 8)


@pytest.mark.parametrize("penalty", [0.0, 0.5, 1.0, 2.0])
def test_beam_search_score_is_log_p_over_length_to_the_penalty(penalty: float) -> None:
    beams = search(random_chain(1), 10, 5, penalty=penalty, ends=ends_with(2))
    assert len({len(beam.tokens) for beam in beams}) > 1
    for beam in beams:
        chances = random_chain(1)
        total = sum(
            math.log(chances[before, after])
            for before, after in itertools.pairwise([0, *beam.tokens])
        )
        assert beam.log_probability == pytest.approx(total, rel=1e-5)
        assert beam.score == pytest.approx(beam.log_probability / len(beam.tokens) ** penalty)
    assert [beam.score for beam in beams] == sorted((beam.score for beam in beams), reverse=True)


def test_beam_search_renormalises_without_banned_tokens() -> None:
    chances = np.array([[0.1, 0.8, 0.1], [0.2, 0.6, 0.2], [0.25, 0.5, 0.25]])
    beams = search(chances, 4, 3, banned=(1,))
    assert len(beams) == 4
    assert all(1 not in beam.tokens for beam in beams)
    assert beams[0].log_probability == pytest.approx(3 * math.log(0.5), rel=1e-5)


def test_beam_search_never_continues_an_ended_text() -> None:
    chances = random_chain(3)
    beams = search(chances, 8, 6, ends=ends_with(0))
    assert any(len(beam.tokens) < 6 for beam in beams)
    assert all(0 not in beam.tokens[:-1] for beam in beams)
    assert all(len(beam.tokens) == 6 or beam.tokens[-1] == 0 for beam in beams)


def test_beam_search_stops_when_everything_has_ended() -> None:
    asked = []
    logits = np.log(np.array([0.5, 0.25, 0.25]))

    def outputs(token_ids: np.ndarray) -> np.ndarray:
        asked.append(len(token_ids))
        return np.tile(logits, (len(token_ids), 1))

    (beams,) = beam_search(
        WindowStepper(outputs, 1),
        np.array([[0]]),
        Generate(beam_size=5, max_new_tokens=100),
        ends=lambda tokens: True,
    )
    assert [beam.tokens for beam in beams] == [[0], [1], [2]]
    assert asked == [1]


def test_beam_search_gives_distinct_beams_up_to_the_number() -> None:
    for width in (1, 2, 3, 7):
        rows = [tuple(beam.tokens) for beam in search(random_chain(2), width, 5)]
        assert len(rows) == len(set(rows)) == width


def test_beam_search_gives_fewer_where_fewer_exist() -> None:
    only_way = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert [beam.tokens for beam in search(only_way, 5, 3)] == [[1, 0, 1]]


def test_beam_search_beams_keep_their_own_states() -> None:
    """A window of two: the state of a beam is its own last two tokens, whichever beams were dropped
    in between.
    """
    chances = np.random.default_rng(5).dirichlet(np.full(3, 0.5), size=(3, 3))
    stepper = WindowStepper(lambda token_ids: np.log(chances[token_ids[:, 0], token_ids[:, 1]]), 2)
    (beams,) = beam_search(stepper, np.array([[1, 0]]), Generate(beam_size=81, max_new_tokens=4))
    assert len(beams) == 81
    for beam in beams:
        text = [1, 0, *beam.tokens]
        total = sum(
            math.log(chances[text[index], text[index + 1], text[index + 2]]) for index in range(4)
        )
        assert beam.log_probability == pytest.approx(total)


@given(
    st.integers(0, 1000),
    st.integers(1, 5),
    st.integers(1, 6),
    st.sampled_from([0.0, 0.7, 1.0, 2.0]),
)
def test_beam_search_rows_do_not_depend_on_each_other(
    seed: int, width: int, length: int, penalty: float
) -> None:
    """Also where some end long before the others."""
    chances, first = random_chain(seed, 5), np.array([[0], [1], [2], [1]])
    options = Generate(beam_size=width, max_new_tokens=length, length_penalty=penalty)
    together = beam_search(chain(chances), first, options, (4,), ends_with(3))
    for row, beams in zip(first, together, strict=True):
        (alone,) = beam_search(chain(chances), row[None], options, (4,), ends_with(3))
        assert beams == alone


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_beam_search_stops_as_soon_as_nothing_can_change(penalty: float) -> None:
    """Where nearly every continuation ends at once, a beam does not go on to the largest length."""
    steps = 0
    chances = np.array([[0.01, 0.99], [0.01, 0.99]])

    def model(token_ids: np.ndarray) -> np.ndarray:
        nonlocal steps
        steps += 1
        return np.log(chances)[token_ids[:, -1]].astype(np.float32)

    options = Generate(beam_size=2, max_new_tokens=50, length_penalty=penalty)
    (beams,) = beam_search(WindowStepper(model, 1), np.array([[0]]), options, (), ends_with(1))
    assert beams[0].tokens == [1]
    assert steps < 50


def test_complete_greedy_texts_end_each_at_its_own_length() -> None:
    stepper = chain(np.array([[0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.2, 0.2, 0.6]]))
    rows = complete(
        stepper, np.array([[0], [1], [2]]), Generate(max_new_tokens=4), (), ends_with(2)
    )
    assert rows == [[1, 2], [2], [2]]
    assert complete(stepper, np.array([[0]]), Generate(max_new_tokens=1), (), ends_with(2)) == [[1]]
