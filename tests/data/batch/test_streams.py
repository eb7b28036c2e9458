"""Streams of a text, chunk by chunk."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.batch.streams import Streams

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
