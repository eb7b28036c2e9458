"""The widths of buckets, held against other choices."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.data.batch.widths import bucket_widths
from tests.data.batch.bucketed import bucketed


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
