"""Decoding over a Stepper: here a small Markov chain, so that every sequence can be worked out by
hand.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.architecture import Interface, resolve
from rnnkit.engine.forward import Engine
from rnnkit.generation.decode import beam_search, generate
from rnnkit.generation.options import Generate
from rnnkit.generation.stepper import StreamStepper, WindowStepper
from rnnkit.registry import lookup

A, B, C, D = range(4)
# From a mostly b, from b mostly c, from c mostly a; d is what is banned below, and is the likeliest
# after c.
CHAIN = np.array(
    [
        [0.1, 0.6, 0.2, 0.1],
        [0.1, 0.1, 0.7, 0.1],
        [0.35, 0.15, 0.1, 0.4],
        [0.4, 0.3, 0.2, 0.1],
    ]
)


class Chain:
    """A Stepper that sees the last token only. Its state is every token that it has read, to show
    what was asked.
    """

    def __init__(self, probabilities: np.ndarray = CHAIN):
        self.logits = np.log(probabilities)
        self.steps = 0

    def init_state(self, token_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.logits[token_ids[:, -1]], token_ids

    def step(self, token_ids: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.steps += 1
        return self.logits[token_ids], np.concatenate([state, token_ids[:, None]], axis=1)

    def reorder(self, state: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return state[rows]


def rows(*tokens: int) -> np.ndarray:
    return np.array([tokens], dtype=np.int32)


def one(
    options: Generate, seed: np.ndarray, banned: tuple[int, ...] = (), chain: Chain | None = None
) -> list[int]:
    return [int(tokens[0]) for tokens in generate(chain or Chain(), seed, options, banned)]


def test_generate_greedy_follows_the_most_probable_token() -> None:
    assert one(Generate(max_new_tokens=7), rows(A)) == [B, C, D, A, B, C, D]
    assert one(Generate(max_new_tokens=4), rows(D, D, B)) == [C, D, A, B]


def test_generate_copies_of_a_text_as_of_repeated_rows() -> None:
    options = Generate(max_new_tokens=6, temperature=1.0, random_seed=3, repetition_penalty=1.5)
    texts = rows(A, B, A).reshape(3, 1)
    repeated = list(generate(Chain(), np.repeat(texts, 4, axis=0), options))
    np.testing.assert_array_equal(list(generate(Chain(), texts, options, copies=4)), repeated)


def test_generate_never_gives_banned_tokens() -> None:
    assert one(Generate(max_new_tokens=7), rows(A), banned=(D,)) == [B, C, A, B, C, A, B]
    for degree in (0.5, 1.0, 100.0):
        drawn = one(
            Generate(max_new_tokens=500, temperature=degree, random_seed=0), rows(D), banned=(A, D)
        )
        assert set(drawn) == {B, C}


@pytest.mark.parametrize("count", [1, 2, 33])
@pytest.mark.parametrize("degree", [0.0, 1.0])
def test_generate_steps_no_more_than_its_tokens_need(count: int, degree: float) -> None:
    chain = Chain()
    assert (
        len(one(Generate(max_new_tokens=count, temperature=degree), rows(A), chain=chain)) == count
    )
    assert chain.steps == count - 1


def test_generate_yields_one_token_at_a_time() -> None:
    chain = Chain()
    stream = generate(chain, rows(A), Generate(max_new_tokens=1000))
    assert [int(next(stream)[0]) for _ in range(3)] == [B, C, D]
    assert chain.steps == 2


def test_generate_draws_have_the_probabilities_of_the_chain() -> None:
    # 4,000 rows after a: the first token by the chain's first row, the second by that of the first.
    seeds = np.zeros((4000, 1), dtype=np.int32)
    first, second = generate(
        Chain(), seeds, Generate(max_new_tokens=2, temperature=1.0, random_seed=0)
    )
    joint = np.zeros((4, 4))
    np.add.at(joint, (first, second), 1)
    expected = 4000 * CHAIN[0][:, None] * CHAIN
    chi_square = ((joint - expected) ** 2 / expected).sum()
    assert chi_square < 37.697  # 15 degrees of freedom, exceeded once in 1,000 times


def test_generate_text_follows_the_random_seed() -> None:
    options = [Generate(max_new_tokens=60, temperature=1.0, random_seed=seed) for seed in (1, 1, 2)]
    first, again, other = (one(chosen, rows(A)) for chosen in options)
    assert first == again
    assert first != other


def test_generate_without_a_random_seed_differs_each_time() -> None:
    options = Generate(max_new_tokens=60, temperature=1.0)
    assert len({tuple(one(options, rows(A))) for _ in range(5)}) == 5


def test_generate_rows_do_not_depend_on_each_other() -> None:
    seeds = np.array([[A], [B], [C], [D]], dtype=np.int32)
    together = np.stack(list(generate(Chain(), seeds, Generate(max_new_tokens=6))), axis=1)
    assert together.tolist() == [
        one(Generate(max_new_tokens=6), seeds[row : row + 1]) for row in range(4)
    ]


def test_generate_top_k_of_one_is_greedy() -> None:
    options = Generate(max_new_tokens=9, temperature=100.0, top_k=1)
    assert one(options, rows(A)) == one(Generate(max_new_tokens=9), rows(A))


def test_generate_small_top_p_is_greedy() -> None:
    options = Generate(max_new_tokens=9, temperature=1.0, top_p=0.3)
    assert one(options, rows(A)) == one(Generate(max_new_tokens=9), rows(A))


def test_generate_repetition_penalty_sees_seed_and_new_tokens() -> None:
    # All logits are negative, so penalized ones fall: after a comes b (0.6 > 0.2 while b is new),
    # and so on to what is left.
    assert one(Generate(max_new_tokens=4, repetition_penalty=100.0), rows(A)) == [B, C, D, A]
    assert one(Generate(max_new_tokens=2, repetition_penalty=100.0), rows(B, C, A)) == [D, A]


def test_generate_leaves_the_models_logits_unchanged() -> None:
    chain = Chain()
    one(
        Generate(max_new_tokens=5, temperature=1.0, random_seed=0, repetition_penalty=2.0, top_k=2),
        rows(A),
        banned=(D,),
        chain=chain,
    )
    np.testing.assert_array_equal(chain.logits, np.log(CHAIN))


def exhaustive(
    length: int, power: float, banned: tuple[int, ...] = (), probabilities: np.ndarray = CHAIN
) -> list[tuple[float, list[int]]]:
    """Every continuation of a, by score, best first."""
    allowed = probabilities.copy()
    allowed[:, list(banned)] = 0
    allowed /= allowed.sum(axis=1, keepdims=True)
    scored = []
    for continuation in itertools.product(
        [token for token in range(4) if token not in banned], repeat=length
    ):
        total = sum(
            math.log(allowed[before, after])
            for before, after in itertools.pairwise((A, *continuation))
        )
        scored.append((total / length**power, list(continuation)))
    return sorted(scored, key=lambda item: -item[0])


@pytest.mark.parametrize("banned", [(), (D,)])
def test_beam_search_as_wide_as_all_finds_the_best_of_all(banned: tuple[int, ...]) -> None:
    (beams,) = beam_search(Chain(), rows(A), Generate(max_new_tokens=4, beam_size=256), banned)
    expected = exhaustive(4, 1.0, banned)
    assert [beam.score for beam in beams] == pytest.approx([score for score, _ in expected])
    assert [beam.log_probability / 4 for beam in beams] == pytest.approx(
        [beam.score for beam in beams]
    )
    assert beams[0].tokens == expected[0][1]
    assert not any(token in banned for beam in beams for token in beam.tokens)


def test_beam_search_finds_what_greedy_misses() -> None:
    # The likeliest first token leads nowhere: 0.55 * 0.34 < 0.45 * 1.
    trap = np.array(
        [
            [0.0, 0.55, 0.45, 0.0],
            [0.33, 0.33, 0.34, 0.0],
            [0.0, 0.0, 0.0, 1.0],
            [1.0, 0.0, 0.0, 0.0],
        ]
    )
    with np.errstate(divide="ignore"):
        chain = Chain(trap)
    assert one(Generate(max_new_tokens=2), rows(A), chain=chain) == [B, C]
    best = beam_search(chain, rows(A), Generate(max_new_tokens=2, beam_size=2))[0][0]
    assert best.tokens == [C, D]
    assert best.log_probability == pytest.approx(math.log(0.45))


@given(st.integers(1, 5), st.integers(2, 20), st.integers(0, 2**32 - 1))
def test_beam_search_scores_are_those_of_the_tokens(
    length: int, width: int, random_seed: int
) -> None:
    probabilities = np.random.default_rng(random_seed).dirichlet(np.ones(4), 4)
    (beams,) = beam_search(
        Chain(probabilities), rows(A), Generate(max_new_tokens=length, beam_size=width)
    )
    assert len(beams) == min(width, 4**length)
    assert [beam.score for beam in beams] == sorted((beam.score for beam in beams), reverse=True)
    assert len({tuple(beam.tokens) for beam in beams}) == len(beams)
    for beam in beams:
        total = sum(
            math.log(probabilities[before, after])
            for before, after in itertools.pairwise((A, *beam.tokens))
        )
        assert beam.log_probability == pytest.approx(total)


def test_beam_search_stops_at_the_end_token() -> None:
    options = Generate(max_new_tokens=5, beam_size=4)
    (beams,) = beam_search(Chain(), rows(A), options, ends=lambda tokens: tokens[-1] == C)
    for beam in beams:
        assert C not in beam.tokens[:-1]
        assert beam.tokens[-1] == C or len(beam.tokens) == 5
    assert any(len(beam.tokens) < 5 for beam in beams)


def test_beam_search_length_penalty_decides_between_short_and_long() -> None:
    def first(power: float) -> list[int]:
        options = Generate(max_new_tokens=6, beam_size=8, length_penalty=power)
        return beam_search(Chain(), rows(A), options, ends=lambda tokens: tokens[-1] == C)[0][
            0
        ].tokens

    assert first(0.0) == [B, C]  # 0.6 * 0.7
    assert len(first(10.0)) == 6


def last_two(token_ids: np.ndarray) -> np.ndarray:
    """A model of a window of 2 whose logits depend on both tokens and on their order."""
    return np.stack(
        [token_ids[:, 0] * 10.0 + token_ids[:, 1], token_ids[:, 1] * 5.0, -token_ids[:, 0] * 1.0],
        axis=1,
    )


def test_window_stepper_step_equals_reading_all_again() -> None:
    stepper = WindowStepper(last_two, window=2)
    text = np.array([[3, 1, 4, 1, 5, 9, 2, 6], [2, 7, 1, 8, 2, 8, 1, 8]], dtype=np.int32)
    logits, state = stepper.init_state(text[:, :3])
    np.testing.assert_array_equal(logits, last_two(text[:, 1:3]))
    for position in range(3, text.shape[1]):
        logits, state = stepper.step(text[:, position], state)
        anew, _ = stepper.init_state(text[:, : position + 1])
        np.testing.assert_array_equal(logits, anew)
        np.testing.assert_array_equal(logits, last_two(text[:, position - 1 : position + 1]))


def test_window_stepper_shows_the_model_its_window_only() -> None:
    seen: list[tuple[int, ...]] = []

    def outputs(token_ids: np.ndarray) -> np.ndarray:
        seen.append(token_ids.shape)
        return last_two(token_ids)

    list(
        generate(
            WindowStepper(outputs, window=2),
            np.zeros((3, 9), dtype=np.int32),
            Generate(max_new_tokens=4),
        )
    )
    assert seen == [(3, 2)] * 4


def test_window_stepper_reorder_continues_each_row() -> None:
    stepper = WindowStepper(last_two, window=2)
    _, state = stepper.init_state(np.array([[1, 2], [3, 4], [5, 6]], dtype=np.int32))
    order = np.array([2, 0, 0])
    logits, _ = stepper.step(np.array([7, 8, 9], dtype=np.int32), stepper.reorder(state, order))
    np.testing.assert_array_equal(logits, last_two(np.array([[6, 7], [2, 8], [2, 9]])))


def test_window_stepper_step_leaves_its_state_unchanged() -> None:
    stepper = WindowStepper(last_two, window=2)
    _, state = stepper.init_state(np.array([[1, 2]], dtype=np.int32))
    for _ in range(2):
        logits, _ = stepper.step(np.array([3]), state)
        np.testing.assert_array_equal(logits, last_two(np.array([[2, 3]])))


# A model that carries its state.

VOCABULARY = 6


@pytest.fixture(scope="module", params=["lstm", "gru", "simple_rnn"])
def carrying(request: pytest.FixtureRequest) -> Engine:
    """A small recurrent model with two layers, as the engine computes it."""
    layers = [lookup("layer", request.param)(units=units) for units in (5, 4)]
    first, head = lookup("input", "embedding")(dim=3), lookup("layer", "dense")(units=VOCABULARY)
    architecture = resolve(
        "language_model",
        first,
        layers,
        {"logits": head},
        Interface(timesteps=None, features=VOCABULARY, sequence_output=True, carries_state=True),
    )
    generator = np.random.default_rng(3)
    weights = {
        name: generator.normal(0, 1, [size or 0 for size in shape])
        for name, shape in architecture.weight_shapes().items()
    }
    return Engine(architecture, {name: array.astype(np.float32) for name, array in weights.items()})


TEXT = np.array([[3, 1, 4, 1, 5, 0, 2], [2, 5, 1, 3, 2, 0, 1]], dtype=np.int32)


def test_stream_stepper_step_equals_reading_all_again(carrying: Engine) -> None:
    stepper = StreamStepper(carrying)
    logits, state = stepper.init_state(TEXT[:, :2])
    for position in range(2, TEXT.shape[1]):
        logits, state = stepper.step(TEXT[:, position], state)
        np.testing.assert_allclose(
            logits, stepper.init_state(TEXT[:, : position + 1])[0], rtol=1e-5, atol=1e-6
        )
        np.testing.assert_allclose(
            logits, carrying(TEXT[:, : position + 1])[:, -1], rtol=1e-5, atol=1e-6
        )
    assert logits.shape == (2, VOCABULARY)
    # What stood long before still counts.
    other = TEXT.copy()
    other[:, 0] = 0
    assert np.abs(stepper.init_state(other)[0] - logits).max() > 1e-4


def test_stream_stepper_reads_one_token_a_step(carrying: Engine) -> None:
    read: list[tuple[int, ...]] = []

    class Counting:
        def init_state(self, batch: int, condition: np.ndarray | None = None) -> Any:
            return carrying.init_state(batch, condition)

        def step(self, token_ids: np.ndarray, states: Any) -> Any:
            read.append(token_ids.shape)
            return carrying.step(token_ids, states)

    list(generate(StreamStepper(Counting()), TEXT, Generate(max_new_tokens=4)))
    assert read == [(2, 7), (2, 1), (2, 1), (2, 1)]


def test_stream_stepper_reorder_continues_each_row(carrying: Engine) -> None:
    stepper = StreamStepper(carrying)
    _, state = stepper.init_state(TEXT)
    order, tokens = np.array([1, 0, 1]), np.array([4, 5, 0], dtype=np.int32)
    logits, _ = stepper.step(tokens, stepper.reorder(state, order))
    anew, _ = stepper.init_state(np.concatenate([TEXT[order], tokens[:, None]], axis=1))
    np.testing.assert_allclose(logits, anew, rtol=1e-5, atol=1e-6)


def test_stream_stepper_step_leaves_its_state_unchanged(carrying: Engine) -> None:
    stepper = StreamStepper(carrying)
    _, state = stepper.init_state(TEXT)
    first, _ = stepper.step(TEXT[:, 0], state)
    stepper.step(TEXT[:, 1], state)
    again, _ = stepper.step(TEXT[:, 0], state)
    np.testing.assert_array_equal(first, again)


def test_beam_search_over_a_stream_finds_the_best_of_all(carrying: Engine) -> None:
    start = TEXT[:1, :3]
    (beams,) = beam_search(
        StreamStepper(carrying), start, Generate(max_new_tokens=3, beam_size=VOCABULARY**3)
    )
    scored = []
    for continuation in itertools.product(range(VOCABULARY), repeat=3):
        logits = carrying(
            np.concatenate([start, np.array([continuation], dtype=np.int32)], axis=1)
        )[0, 2:5].astype(np.float64)
        log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        scored.append((float(log_probabilities[range(3), continuation].sum()), list(continuation)))
    assert len(beams) == len(scored)
    best = max(scored)
    assert beams[0].tokens == best[1]
    assert [beam.log_probability for beam in beams] == pytest.approx(
        sorted((total for total, _ in scored), reverse=True), abs=1e-4
    )


class Started:
    """A model whose state is its condition, plus every token that it has read."""

    def init_state(
        self, batch: int, condition: np.ndarray | None = None
    ) -> dict[str, tuple[np.ndarray, ...]]:
        assert condition is None or condition.shape == (batch, 4)
        return {"sum": (np.zeros((batch, 4)) if condition is None else condition,)}

    def step(
        self, token_ids: np.ndarray, states: dict[str, tuple[np.ndarray, ...]]
    ) -> tuple[np.ndarray, dict[str, tuple[np.ndarray, ...]]]:
        (before,) = states["sum"]
        sums = before[:, None] + np.cumsum(np.eye(4)[token_ids], axis=1)
        return sums, {"sum": (sums[:, -1],)}


def test_stream_stepper_starts_every_row_from_the_condition() -> None:
    condition = np.array([0.0, 0.5, 0.0, 9.0])
    logits, state = StreamStepper(Started(), condition).init_state(
        np.array([[A, B], [B, B], [C, D]])
    )
    np.testing.assert_array_equal(logits - condition, [[1, 1, 0, 0], [0, 2, 0, 0], [0, 0, 1, 1]])
    np.testing.assert_array_equal(state["sum"][0], logits)
    np.testing.assert_array_equal(condition, [0.0, 0.5, 0.0, 9.0])
    without, _ = StreamStepper(Started()).init_state(np.array([[A, B]]))
    np.testing.assert_array_equal(without, [[1, 1, 0, 0]])
    # Greedy goes on with what the condition favours, row by row.
    assert (
        np.stack(
            list(
                generate(
                    StreamStepper(Started(), condition),
                    np.array([[A], [B]]),
                    Generate(max_new_tokens=3),
                )
            ),
            1,
        ).tolist()
        == [[D] * 3] * 2
    )
