"""Truncation and padding."""

from __future__ import annotations

import numpy as np

from rnnkit.audit.lengths import longest_of, padding_shares, truncation


def test_truncation_counts_rows_and_tokens() -> None:
    whole = np.array([4, 10, 30])
    (found,) = truncation("train", whole, np.minimum(whole, 10), "row {}".format, "data.max_length")
    assert list(found.rows) == ["row 2"]
    assert found.severity == "medium"
    assert "45.5 %" in found.what
    assert "`data.max_length: 30`" in found.cure
    assert not [*truncation("train", whole, whole, "row {}".format, "data.max_length")]


def test_padding_shares_counts_the_cells_of_batches() -> None:
    lengths = np.array([2, 2, 8])
    assert padding_shares(lengths, [8], 3) == 1 - 12 / 24
    assert padding_shares(lengths, [2, 8], 2) == 1 - 12 / (4 + 16)


def test_longest_of_has_two_digits() -> None:
    assert longest_of(np.arange(1, 1001), 0.99) == 1000
    assert longest_of(np.array([7]), 0.99) == 7
