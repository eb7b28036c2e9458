"""Stretches of a sequence: their keys, starts and covered steps."""

from __future__ import annotations

import numpy as np

from rnnkit.audit.stretches import covered_steps, run_starts, stretch_keys


def test_stretches_that_are_equal_overlap_or_touch() -> None:
    keys = stretch_keys(np.array([0, 1, 0, 1, 0, 2]), 2)
    assert [keys[0] == key for key in keys] == [True, False, True, False, False]
    chosen = np.array([True, True, False, False, True])
    assert run_starts(chosen).tolist() == [0, 4]
    assert covered_steps(chosen, 2).tolist() == [True, True, True, False, True, True]
