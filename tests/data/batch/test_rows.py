"""Windows of a text in batches."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.data.batch.rows import Batch, Windows

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
