"""Stretches of a sequence: equal ones, where they begin, and what they cover."""

from __future__ import annotations

import numpy as np

from rnnkit.audit.stretches import covered_by, first_of_each, keys_of


def test_stretches_that_are_equal_overlap_or_touch() -> None:
    keys = keys_of(np.array([0, 1, 0, 1, 0, 2]), 2)
    assert [keys[0] == key for key in keys] == [True, False, True, False, False]
    chosen = np.array([True, True, False, False, True])
    assert first_of_each(chosen).tolist() == [0, 4]
    assert covered_by(chosen, 2).tolist() == [True, True, True, False, True, True]
