"""Windows and streams of a text, texts of unequal length, and their batches."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.data.batch.buckets import Buckets, ConditionedTexts
from rnnkit.data.batch.rows import Batch, Windows
from rnnkit.data.batch.streams import Streams
from rnnkit.data.batch.widths import bucket_widths
from rnnkit.data.encode.ragged import Sequences, Side

SIZES = given(tokens=st.integers(2, 60), window=st.integers(1, 59), batch_size=st.integers(1, 70))


def make(tokens: int, window: int, batch_size: int) -> Windows:
    # Every token another one, so that a row tells its place: row i holds i, i + 1, ..., and its
    # target is i + window.
    return Windows(np.arange(tokens, dtype=np.int32), window, batch_size)


def real_rows(batch: Batch) -> list[int]:
    """The places of the rows that count."""
    return [int(row[0]) for row, weight in zip(batch.inputs, batch.weights, strict=True) if weight]


def epoch(windows: Windows, random_seed: int, number: int) -> list[int]:
    return [
        row
        for step in range(windows.steps)
        for row in real_rows(windows.shuffled(random_seed, number, step))
    ]


@SIZES
def test_windows_equal_those_of_a_plain_loop(tokens: int, window: int, batch_size: int) -> None:
    window = min(window, tokens - 1)
    text = np.random.default_rng(0).integers(0, 9, tokens).astype(np.int32)
    windows = Windows(text, window, batch_size)
    expected = [
        (text[start : start + window].tolist(), int(text[start + window]))
        for start in range(tokens - window)
    ]
    assert [
        (row.tolist(), int(target))
        for row, target in zip(windows.inputs, windows.targets, strict=True)
    ] == expected
    assert len(windows) == tokens - window


@SIZES
def test_windows_cover_every_row_once_in_an_epoch(
    tokens: int, window: int, batch_size: int
) -> None:
    windows = make(tokens, min(window, tokens - 1), batch_size)
    assert sorted(epoch(windows, 0, 0)) == list(range(len(windows)))
    assert [row for batch in windows.in_order() for row in real_rows(batch)] == list(
        range(len(windows))
    )


@SIZES
def test_windows_have_one_shape_and_padding_of_weight_zero(
    tokens: int, window: int, batch_size: int
) -> None:
    window = min(window, tokens - 1)
    windows = make(tokens, window, batch_size)
    # a batch shrinks to what there is
    assert windows.batch_size == min(batch_size, tokens - window)
    batches = [windows.shuffled(1, 2, step) for step in range(windows.steps)]
    in_order = list(windows.in_order())
    assert len(in_order) == windows.steps
    for batch in batches + in_order:
        assert batch.inputs.shape == (windows.batch_size, window)
        assert batch.targets.shape == batch.weights.shape == (windows.batch_size,)
        assert (batch.inputs.dtype, batch.targets.dtype, batch.weights.dtype) == (
            np.int32,
            np.int32,
            np.float32,
        )
        # Each row stands beside its own target, padding too.
        np.testing.assert_array_equal(batch.targets, batch.inputs[:, 0] + window)
        # First the rows that count, then padding.
        assert batch.weights.tolist() == sorted(batch.weights.tolist(), reverse=True)
    for complete in (batches, in_order):
        assert all(batch.weights.all() for batch in complete[:-1])
        assert sum(batch.weights.sum() for batch in complete) == len(windows)


def test_in_order_pads_the_last_batch_with_rows_of_weight_zero() -> None:
    last = list(make(tokens=8, window=3, batch_size=3).in_order())[-1]
    assert last.weights.tolist() == [1, 1, 0]
    assert real_rows(last) == [3, 4]


def test_shuffled_is_a_pure_function_of_seed_epoch_and_step() -> None:
    first, second = make(200, 3, 32), make(200, 3, 32)
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


def test_shuffled_differs_between_epochs_and_between_seeds() -> None:
    windows = make(200, 3, 32)
    orders = [
        tuple(epoch(windows, seed, number)) for seed in (0, 1, 2**32 - 1) for number in (0, 1, 2)
    ]
    assert len(set(orders)) == len(orders)
    assert tuple(range(len(windows))) not in orders


def test_shuffled_separates_neighbours() -> None:
    windows = make(2003, 3, 100)
    order = epoch(windows, 0, 0)
    together = sum(after == before + 1 for before, after in pairwise(order))
    assert together < 10  # of 1,999 pairs one is expected


def test_windows_are_a_view_of_the_text() -> None:
    text = np.arange(1_000_000, dtype=np.int32)
    windows = Windows(text, window=1000, batch_size=2)
    assert np.shares_memory(windows.inputs, text)
    assert np.shares_memory(windows.targets, text)


def test_batch_is_a_copy_of_the_text() -> None:
    text = np.arange(10, dtype=np.int32)
    windows = Windows(text, window=3, batch_size=7)
    for batch in (windows.shuffled(0, 0, 0), next(windows.in_order())):
        assert batch.inputs.flags.c_contiguous
        assert not np.shares_memory(batch.inputs, text)
        assert not np.shares_memory(batch.targets, text)


@pytest.mark.parametrize("batch_size", [1, 5, 100])
def test_windows_may_be_one(batch_size: int) -> None:
    windows = make(tokens=5, window=4, batch_size=batch_size)
    assert (len(windows), windows.steps, windows.batch_size) == (1, 1, 1)
    batch = windows.shuffled(0, 0, 0)
    assert (batch.inputs.tolist(), batch.targets.tolist(), batch.weights.tolist()) == (
        [[0, 1, 2, 3]],
        [4],
        [1.0],
    )


# Buckets: texts of unequal length.

LENGTHS = st.lists(st.integers(0, 60), min_size=1, max_size=60)


def bucketed(lengths: list[int], batch_size: int, padding: Side = "post") -> Buckets:
    # Text number r holds r + 1 in every place, and is labelled r, so that a row tells which text it
    # is.
    texts = Sequences.of([[row + 1] * length for row, length in enumerate(lengths)])
    return Buckets(
        texts,
        np.arange(len(lengths)),
        batch_size,
        bucket_widths(texts.lengths, batch_size),
        padding,
    )


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


# Their widths.


def padded_cost(lengths: np.ndarray, widths: list[int], batch_size: int) -> int:
    """Tokens of all batches, padding and rows that fill up included, counted batch by batch."""
    total, left = 0, sorted(lengths.tolist())
    for width in sorted(widths):
        inside = [length for length in left if length <= width]
        left = left[len(inside) :]
        while inside:
            inside = inside[batch_size:]
            total += batch_size * width
    assert not left
    return total


def rounded(length: float) -> int:
    return max(8, 8 * math.ceil(length / 8))


@settings(deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=200), st.integers(1, 64))
def test_bucket_widths_fit_every_text_and_no_quantiles_are_cheaper(
    found: list[int], batch_size: int
) -> None:
    lengths = np.array(found)
    widths = bucket_widths(lengths, batch_size)
    assert widths == sorted(set(widths))
    assert 1 <= len(widths) <= 8
    assert all(width % 8 == 0 for width in widths)
    assert widths[-1] == rounded(lengths.max())
    cost = padded_cost(lengths, widths, batch_size)
    for buckets in range(1, 9):
        quantiles = sorted(
            {
                rounded(np.quantile(lengths, share, method="higher"))
                for share in np.linspace(0, 1, buckets + 1)[1:]
            }
        )
        assert cost <= padded_cost(lengths, quantiles, batch_size)
    assert [batch.inputs.shape[1] for batch in bucketed(found, batch_size).in_order()]


@settings(deadline=None)
@given(st.lists(st.integers(0, 64), min_size=1, max_size=25), st.integers(1, 9))
def test_bucket_widths_are_the_cheapest_of_all(found: list[int], batch_size: int) -> None:
    lengths = np.array(found)
    longest = rounded(max(found))
    others = [
        [*chosen, longest]
        for count in range(8)
        for chosen in combinations(range(8, longest, 8), count)
    ]  # at most 8 multiples of 8 up to 64: every list there is
    best = min(padded_cost(lengths, widths, batch_size) for widths in others)
    assert padded_cost(lengths, bucket_widths(lengths, batch_size), batch_size) == best


def test_bucket_widths_choose_among_more_than_allowed() -> None:
    lengths = np.repeat(np.arange(8, 89, 8), 4)  # eleven widths, four texts each, batches of four
    best = min(
        padded_cost(lengths, [*chosen, 88], 4) for chosen in combinations(range(8, 88, 8), 7)
    )
    assert padded_cost(lengths, bucket_widths(lengths, 4), 4) == best


def test_bucket_widths_fit_few_long_texts_among_many_short_ones() -> None:
    # A rare length is no quantile of the lengths, and a bucket of its own is what saves the
    # padding.
    lengths = np.array([8] * 10_000 + [800] * 2 + [4000] * 2)
    assert bucket_widths(lengths, 2) == [8, 800, 4000]


def test_bucket_widths_fit_a_great_many_different_lengths() -> None:
    lengths = np.unique(np.random.default_rng(0).lognormal(6, 1, 30_000).astype(int))
    assert len(np.unique(np.ceil(lengths / 8))) > 256
    widths = bucket_widths(lengths, 32)
    assert len(widths) == 8
    assert widths[-1] == rounded(lengths.max())
    quantiles = [rounded(np.quantile(lengths, share)) for share in np.linspace(0, 1, 9)[1:]]
    assert (
        padded_cost(lengths, widths, 32)
        < padded_cost(lengths, quantiles, 32)
        < padded_cost(lengths, widths[-1:], 32)
    )


# Streams.

STREAMS = given(tokens=st.integers(2, 120), streams=st.integers(1, 12), bptt=st.integers(1, 40))


def streams_of(tokens: int, streams: int, bptt: int) -> Streams:
    # Every token another one, from 1 on: 0 is padding.
    return Streams(np.arange(1, tokens + 1, dtype=np.int32), min(streams, tokens - 1), bptt)


@STREAMS
def test_streams_have_every_token_but_the_first_as_a_target_once(
    tokens: int, streams: int, bptt: int
) -> None:
    made = streams_of(tokens, streams, bptt)
    batches = list(made.in_order())
    targets = [int(target) for batch in batches for target in batch.targets[batch.weights > 0]]
    assert len(targets) == len(made) == made.batch_size * made.length
    left_out = (tokens - 1) % made.batch_size  # too few to fill another step of every stream
    assert sorted(targets) == list(range(2, tokens + 1 - left_out))
    assert len(batches) == made.steps


@STREAMS
def test_streams_are_parts_of_the_text_from_chunk_to_chunk(
    tokens: int, streams: int, bptt: int
) -> None:
    made = streams_of(tokens, streams, bptt)
    batches = list(made.in_order())
    for stream in range(made.batch_size):
        inputs = [
            int(token)
            for batch in batches
            for token in batch.inputs[stream][batch.weights[stream] > 0]
        ]
        targets = [
            int(token)
            for batch in batches
            for token in batch.targets[stream][batch.weights[stream] > 0]
        ]
        first = 1 + stream * made.length
        # no gap where the state is carried on
        assert inputs == list(range(first, first + made.length))
        assert targets == list(range(first + 1, first + made.length + 1))


@STREAMS
def test_streams_have_chunks_of_one_shape_padded_at_the_end(
    tokens: int, streams: int, bptt: int
) -> None:
    made = streams_of(tokens, streams, bptt)
    bptt = min(bptt, made.length)  # a chunk is no longer than a stream
    *complete, last = list(made.in_order())
    for batch in (*complete, last):
        assert (
            batch.inputs.shape
            == batch.targets.shape
            == batch.weights.shape
            == (made.batch_size, bptt)
        )
        assert [array.dtype.name for array in batch] == ["int32", "int32", "float32"]
    assert all(batch.weights.all() for batch in complete)
    steps = made.length - bptt * len(complete)
    assert last.weights.tolist() == [[1.0] * steps + [0.0] * (bptt - steps)] * made.batch_size
    assert not last.inputs[:, steps:].any()
    assert not last.targets[:, steps:].any()


def test_streams_by_hand() -> None:
    # Eleven tokens in two streams of five steps; nothing is left out.
    first, second = Streams(np.arange(11, dtype=np.uint16), 2, 3).in_order()
    assert first.inputs.tolist() == [[0, 1, 2], [5, 6, 7]]
    assert first.targets.tolist() == [[1, 2, 3], [6, 7, 8]]
    assert second.inputs.tolist() == [[3, 4, 0], [8, 9, 0]]
    assert second.targets.tolist() == [[4, 5, 0], [9, 10, 0]]
    assert second.weights.tolist() == [[1, 1, 0], [1, 1, 0]]


def test_streams_keep_the_order_of_the_text_in_every_epoch() -> None:
    made = streams_of(100, 4, 7)
    for step, expected in enumerate(made.in_order()):
        for seed, epoch_number in ((0, 0), (0, 3), (9, 1)):
            for ours, theirs in zip(made.shuffled(seed, epoch_number, step), expected, strict=True):
                np.testing.assert_array_equal(ours, theirs)


def test_streams_give_copies_of_the_text() -> None:
    text = np.arange(21, dtype=np.int32)
    for batch in Streams(text, 4, 5).in_order():
        batch.inputs[:], batch.targets[:] = -1, -1
    assert text.tolist() == list(range(21))


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
