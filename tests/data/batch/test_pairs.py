"""Pairs of texts in batches: each once in an epoch, narrow on both sides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.data.batch.pairs import PAIR_BUCKETS, PairBuckets
from rnnkit.data.encode.ragged import Sequences

START, END = 1, 2


def pairs(lengths: list[tuple[int, int]]) -> PairBuckets:
    """Pair i has the source (i + 3, i + 3, ...) and the target <start>, (i + 3, ...), <end>."""
    sources = Sequences.of([number + 3] * size for number, (size, _) in enumerate(lengths))
    targets = Sequences.of(
        [START, *[number + 3] * size, END] for number, (_, size) in enumerate(lengths)
    )
    return PairBuckets(sources, targets, 4)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=60),
    st.integers(0, 1000),
)
def test_pair_buckets_cover_every_pair_once_in_an_epoch(
    lengths: list[tuple[int, int]], seed: int
) -> None:
    data = pairs(lengths)
    shapes = set()
    for batches in (
        [data.shuffled(seed, 3, step) for step in range(data.steps)],
        list(data.in_order()),
    ):
        found = []
        for (tokens, sources), targets, weights in batches:
            assert tokens.shape == targets.shape == weights.shape
            assert len(tokens) == len(sources) == min(4, len(lengths))
            shapes.add((tokens.shape, sources.shape))
            for row in np.flatnonzero(weights.sum(axis=1)):
                number = int(sources[row, 0]) - 3
                size, length = lengths[number]
                assert sources[row].tolist() == [number + 3] * size + [0] * (
                    sources.shape[1] - size
                )
                assert targets[row][weights[row] > 0].tolist() == [number + 3] * length + [END]
                assert tokens[row][weights[row] > 0].tolist() == [START] + [number + 3] * length
                found.append(number)
        assert sorted(found) == list(range(len(lengths)))
    assert len(shapes) <= PAIR_BUCKETS**2


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=60),
    st.integers(1, 9),
)
def test_pair_buckets_have_at_most_so_many_shapes(
    lengths: list[tuple[int, int]], number: int
) -> None:
    data = pairs(lengths)
    assert data.num_buckets == PAIR_BUCKETS**2
    data.num_buckets = number
    batches = list(data.in_order())
    shapes = {(inputs[0].shape, inputs[1].shape) for inputs, *_ in batches}
    assert len(shapes) == len(data.shapes) <= number
    # a target is read but for its last token
    cells = sum(inputs[0].size + len(inputs[0]) + inputs[1].size for inputs, *_ in batches)
    numbers = sum(source + target + 2 for source, target in lengths)
    assert data.padding == pytest.approx(1 - numbers / cells)


def test_pair_buckets_are_a_pure_function_of_seed_epoch_and_step() -> None:
    lengths = [(number % 7 + 1, number % 5 + 1) for number in range(50)]
    data, again = pairs(lengths), pairs(lengths)
    for step in (5, 0, 3):
        for one, other in zip(data.shuffled(1, 2, step), again.shuffled(1, 2, step), strict=True):
            for left, right in zip(one, other, strict=True):
                np.testing.assert_array_equal(left, right)
    orders = [
        [data.shuffled(seed, epoch, step).inputs[1][:, 0].tolist() for step in range(data.steps)]
        for seed, epoch in ((1, 2), (1, 3), (2, 2))
    ]
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_pair_buckets_pad_little_where_one_side_is_long() -> None:
    """Characters to words, say: each side has its own width."""
    generator = np.random.default_rng(0)
    lengths = [(int(size), int(size) // 8 + 1) for size in generator.integers(8, 100, 400)]
    sizes = [(sources.size, targets.size) for (_, sources), targets, _ in pairs(lengths).in_order()]
    read, written = (sum(side) for side in zip(*sizes, strict=True))
    assert sum(size for size, _ in lengths) > 0.85 * read
    assert sum(length + 1 for _, length in lengths) > 0.75 * written
