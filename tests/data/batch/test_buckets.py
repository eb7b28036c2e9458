"""Texts and pairs of unequal length in batches: every token of every target once, few shapes, and
the same batch for the same step.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.batch.buckets import Buckets, ConditionedTexts
from rnnkit.data.batch.rows import Batch
from rnnkit.data.batch.widths import bucket_widths
from rnnkit.data.encode.ragged import Sequences, Side
from tests.data.batch.bucketed import bucketed

LENGTHS = st.lists(st.integers(0, 60), min_size=1, max_size=60)


def bucketed_epoch(buckets: Buckets, random_seed: int, number: int) -> list[Batch]:
    return [buckets.shuffled(random_seed, number, step) for step in range(buckets.steps)]


@given(LENGTHS, st.integers(1, 70), st.integers(0, 3), st.sampled_from(["pre", "post"]))
def test_buckets_cover_every_text_once_in_an_epoch(
    lengths: list[int], batch_size: int, number: int, padding: Side
) -> None:
    buckets = bucketed(lengths, batch_size, padding)
    assert len(buckets) == len(lengths)
    assert buckets.batch_size == min(batch_size, len(lengths))
    for batches in (bucketed_epoch(buckets, 0, number), list(buckets.in_order())):
        assert len(batches) == buckets.steps
        rows = [
            int(target)
            for batch in batches
            for target, weight in zip(batch.targets, batch.weights, strict=True)
            if weight
        ]
        assert sorted(rows) == list(range(len(lengths)))
        for batch in batches:
            assert batch.inputs.shape == (buckets.batch_size, batch.inputs.shape[1])
            assert batch.inputs.shape[1] in buckets.widths
            assert (batch.inputs.dtype, batch.weights.dtype) == (np.int32, np.float32)
            assert set(batch.weights.tolist()) <= {0.0, 1.0}
            for ids, row in zip(batch.inputs.tolist(), batch.targets.tolist(), strict=True):
                tokens, fill = [row + 1] * lengths[row], [0] * (len(ids) - lengths[row])
                assert ids == (fill + tokens if padding == "pre" else tokens + fill)


def test_buckets_put_a_text_into_the_narrowest_that_holds_it() -> None:
    texts = Sequences.of([[1] * length for length in (3, 8, 9, 16, 0)])
    widths = {
        int(batch.targets[0]): batch.inputs.shape[1]
        for batch in Buckets(texts, np.arange(5), 1, [8, 16]).in_order()
    }
    assert widths == {0: 8, 1: 8, 2: 16, 3: 16, 4: 8}


def test_buckets_refuse_a_text_that_fits_none() -> None:
    with pytest.raises(ValueError, match="9 tokens"):
        Buckets(Sequences.of([[1] * 9]), np.zeros(1), 1, [8])


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_buckets_are_a_pure_function_of_seed_epoch_and_step(batch_size: int) -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 50).tolist()
    first, second = bucketed(lengths, batch_size), bucketed(lengths, batch_size)
    steps = [
        (seed, number, step)
        for seed in (0, 7)
        for number in (0, 1, 5)
        for step in range(first.steps)
    ]
    expected = {place: first.shuffled(*place) for place in steps}
    for place in reversed(steps):  # in another order, by another instance
        for ours, theirs in zip(expected[place], second.shuffled(*place), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_buckets_differ_between_epochs_and_between_seeds() -> None:
    buckets = bucketed(np.random.default_rng(0).integers(1, 200, 300).tolist(), 16)
    assert len(buckets.widths) > 3
    epochs = [
        bucketed_epoch(buckets, seed, number) for seed in (0, 1, 2**32 - 1) for number in (0, 1, 2)
    ]
    for seen in (
        [tuple(batch.inputs.shape[1] for batch in batches) for batches in epochs],
        [frozenset(frozenset(batch.targets.tolist()) for batch in batches) for batches in epochs],
    ):
        assert len(set(seen)) == len(seen)
    assert all(
        [batch.inputs.shape[1] for batch in batches]
        != sorted(batch.inputs.shape[1] for batch in batches)
        for batches in epochs
    )


def test_buckets_weigh_texts_but_no_padding() -> None:
    texts, weights = Sequences.of([[1], [2], [3]]), np.array([0.5, 2, 4], np.float32)
    buckets = Buckets(texts, np.arange(3), 2, [8], weights=weights)
    weighed = {}
    for batch in buckets.in_order():
        for target, weight in zip(batch.targets[:2], batch.weights, strict=True):
            weighed[int(target)] = max(float(weight), weighed.get(int(target), 0))
    assert weighed == {0: 0.5, 1: 2, 2: 4}
    assert sum(batch.weights.sum() for batch in buckets.in_order()) == 6.5


@given(LENGTHS, st.integers(1, 70), st.booleans())
def test_answers_come_in_the_order_of_the_texts(
    lengths: list[int], batch_size: int, several: bool
) -> None:
    buckets = bucketed(lengths, batch_size)
    asked = 0

    def outputs(inputs: np.ndarray) -> np.ndarray:
        nonlocal asked
        asked += 1
        found = inputs.max(axis=1) * 2.0
        return np.stack([found, -found], axis=1) if several else found

    answers = buckets.answers(outputs)
    expected = [2.0 * (row + 1) if length else 0.0 for row, length in enumerate(lengths)]
    assert answers.tolist() == ([[answer, -answer] for answer in expected] if several else expected)
    assert asked == buckets.steps


def test_answers_need_at_least_one_text() -> None:
    with pytest.raises(ValueError):
        Buckets(Sequences.of([]), np.zeros(0), 4, [8]).answers(lambda inputs: inputs)


@given(LENGTHS, st.integers(1, 12), st.integers(1, 6))
def test_number_of_buckets_and_what_is_padding(
    lengths: list[int], batch_size: int, number: int
) -> None:
    buckets = bucketed(lengths, batch_size)
    assert buckets.num_buckets is None  # its widths are given
    free = Buckets(buckets.texts, buckets.targets, batch_size)
    assert (free.num_buckets, free.widths) == (8, buckets.widths)
    before = bucketed_epoch(free, 1, 2)
    free.num_buckets = number
    after = bucketed_epoch(free, 1, 2)
    assert len({batch.inputs.shape[1] for batch in after}) == len(free.shapes) <= number
    for epoch in (before, after):
        rows = np.concatenate([batch.targets[batch.weights > 0] for batch in epoch])
        assert sorted(rows.tolist()) == list(range(len(lengths)))
    cells = sum(batch.inputs.size for batch in after)
    assert free.padding == pytest.approx(1 - sum(lengths) / cells)
    assert cells >= sum(batch.inputs.size for batch in before) or number >= 8


# Conditioned texts.

WHOLE_TEXTS = st.lists(st.integers(2, 40), min_size=1, max_size=30)


def conditioned(lengths: list[int], batch_size: int) -> ConditionedTexts:
    # Every token another one, from 1 on; the condition of a text is its number.
    ends = np.cumsum(lengths)
    texts = Sequences.of(
        np.arange(end - length + 1, end + 1)
        for length, end in zip(lengths, ends.tolist(), strict=True)
    )
    conditions = np.arange(len(lengths), dtype=np.float32)[:, None]
    return ConditionedTexts(
        texts,
        conditions,
        batch_size,
        bucket_widths(np.array(lengths), min(batch_size, len(lengths))),
    )


@given(WHOLE_TEXTS, st.integers(1, 12), st.integers(0, 3))
def test_conditioned_texts_have_each_token_but_the_start_as_target_once(
    lengths: list[int], batch_size: int, number: int
) -> None:
    made = conditioned(lengths, batch_size)
    starts = (np.cumsum([0, *lengths[:-1]]) + 1).tolist()
    text_of = np.repeat(np.arange(len(lengths)), lengths)
    for batches in (
        list(made.in_order()),
        [made.shuffled(5, number, step) for step in range(made.steps)],
    ):
        targets = [int(target) for batch in batches for target in batch.targets[batch.weights > 0]]
        assert sorted(targets) == sorted(set(range(1, sum(lengths) + 1)) - set(starts))
        for batch in batches:
            tokens, conditions = batch.inputs
            counted = batch.weights > 0
            assert tokens.shape == batch.targets.shape == batch.weights.shape
            assert (batch.targets[counted] == tokens[counted] + 1).all()
            rows = np.broadcast_to(conditions, tokens.shape)[counted]
            assert (rows == text_of[batch.targets[counted] - 1]).all()
            # A text begins at its start and has no gap.
            for row, weights in zip(tokens, batch.weights, strict=True):
                assert weights.tolist() == sorted(weights.tolist(), reverse=True)
                assert int(row[0]) in starts


def test_conditioned_texts_by_hand() -> None:
    texts = Sequences.of([[1, 5, 2], [1, 6, 7, 2], [1, 2]])
    conditions = np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32)
    first, second = ConditionedTexts(texts, conditions, 2, [5]).in_order()
    assert first.inputs[0].tolist() == [[1, 5, 2, 0], [1, 6, 7, 2]]
    assert first.inputs[1].tolist() == [[1, 0], [0, 1]]
    assert first.targets.tolist() == [[5, 2, 0, 0], [6, 7, 2, 0]]
    assert first.weights.tolist() == [[1, 1, 0, 0], [1, 1, 1, 0]]
    # The third text alone, and a row of weight zero.
    assert second.targets[0].tolist() == [2, 0, 0, 0]
    assert second.weights.tolist() == [[1, 0, 0, 0], [0, 0, 0, 0]]
