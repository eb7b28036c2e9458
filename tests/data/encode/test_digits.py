"""Numbers are written with the digits that the data carry."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rnnkit.data.encode.digits import Digits, as_read, decimals_of, decimals_resolved, rounded


@pytest.mark.parametrize(
    ("values", "most", "decimals"),
    [
        ([98765644.583, 98765432.5], 15, 3),
        ([1e12 + 20.28, 1e12], 15, 2),
        ([112.0, math.nan, 118.0], 15, 0),
        ([0.1, 1e-05], 15, 5),
        ([1 / 3], 7, 7),
        ([], 15, 0),
    ],
)
def test_decimals_of(values: list[float], most: int, decimals: int) -> None:
    assert decimals_of(np.array(values), most) == decimals


def test_decimals_resolved_are_seven_digits_of_the_size() -> None:
    assert [decimals_resolved(size) for size in (0.5, 3.0, 1e9, 0.0, 1e-30)] == [8, 7, 0, 0, 15]


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (98765645.12345, 3, 98765645.123),
        (1e12 + 23.4567, 2, 1e12 + 23.46),
        (463.28173456, 0, 463.2817),
        (1.23456789e-06, 2, 1.234568e-06),
        (98765645.7, 0, 98765646.0),
        (0.0, 2, 0.0),
        (math.inf, 2, math.inf),
    ],
)
def test_rounded_keeps_the_digits_of_the_data_and_seven_at_least(
    value: float, decimals: int, written: float
) -> None:
    assert rounded(np.float64(value), Digits(decimals)) == written


def test_rounded_leaves_out_what_the_network_does_not_resolve() -> None:
    assert rounded(3.6e-9, Digits(0, 6)) == 0
    assert rounded(8.9999996, Digits(0, 6)) == 9


def test_as_read_writes_whole_numbers_without_a_point() -> None:
    assert list(map(str, as_read(np.array([0.0, 500.0, math.nan])))) == ["0", "500", "nan"]
    assert as_read(np.array([0.5, 1e300])) == [0.5, 1e300]
