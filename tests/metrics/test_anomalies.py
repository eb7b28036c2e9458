"""Anomalies: the tail probability by the definition, nothing from the future, events and how they
are counted.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.metrics.anomalies import (
    HISTORY,
    LEAST_HISTORY,
    RECENT,
    event_scores,
    merged,
    tail_probabilities,
)


def test_tail_probabilities_by_the_definition() -> None:
    """Step by step with means and deviations taken anew."""
    errors = np.random.default_rng(0).exponential(size=700)
    errors[600:605] += 6
    found = tail_probabilities(errors)
    means = [
        errors[step - RECENT + 1 : step + 1].mean() if step >= RECENT - 1 else math.nan
        for step in range(len(errors))
    ]
    for step in range(len(errors)):
        before = [
            mean
            for mean in means[max(0, step - RECENT + 1 - HISTORY) : max(0, step - RECENT + 1)]
            if not math.isnan(mean)
        ]
        if len(before) <= LEAST_HISTORY:
            assert found[step] == 1
            continue
        z = (means[step] - np.mean(before)) / np.std(before)
        assert found[step] == pytest.approx(0.5 * math.erfc(z / math.sqrt(2)), rel=1e-6)
    assert found[604] < 1e-5 < found[300:600].min()


def test_tail_probabilities_use_only_earlier_errors() -> None:
    errors = np.random.default_rng(1).exponential(size=500)
    changed = errors.copy()
    changed[450:] = 100
    assert tail_probabilities(changed)[:450].tolist() == tail_probabilities(errors)[:450].tolist()


def test_tail_probabilities_adapt_to_what_becomes_usual() -> None:
    """The errors are ten times as large from the middle on: flagged at first, and not for ever."""
    errors = np.random.default_rng(2).exponential(size=2 * HISTORY)
    errors[HISTORY:] *= 10
    flags = tail_probabilities(errors) < 1e-5
    assert flags[HISTORY : HISTORY + 100].any()
    assert not flags[-HISTORY // 4 :].any()


def test_tail_probabilities_flag_one_error_after_perfect_forecasts() -> None:
    errors = np.zeros(400)
    errors[390] = 1
    found = tail_probabilities(errors)
    assert found[390] == 0
    assert set(found[:390]) == {1.0}


@pytest.mark.parametrize("steps", [0, 1, RECENT - 1, RECENT, LEAST_HISTORY])
def test_tail_probabilities_of_too_few_errors_are_one(steps: int) -> None:
    if steps >= RECENT or steps == 0:
        assert (tail_probabilities(np.ones(max(steps, RECENT))) == 1).all()


def test_merged_joins_runs_over_short_gaps() -> None:
    flags = np.array([0, 1, 1, 0, 1, 0, 0, 0, 1, 0], bool)
    assert merged(flags, 1) == [(1, 2), (4, 4), (8, 8)]
    assert merged(flags, 2) == [(1, 4), (8, 8)]
    assert merged(flags, 4) == [(1, 8)]
    assert merged(np.zeros(3, bool), 5) == []


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 8))
def test_merged_covers_every_flag_and_keeps_events_apart(flags: list[bool], gap: int) -> None:
    events = merged(np.array(flags, bool), gap)
    inside = {step for first, last in events for step in range(first, last + 1)}
    assert {step for step, flag in enumerate(flags) if flag} <= inside
    assert all(flags[first] and flags[last] for first, last in events)
    assert all(second[0] - first[1] > gap for first, second in itertools.pairwise(events))


def test_event_scores_by_hand() -> None:
    """Three events; two meet the first of two windows."""
    scores = event_scores([(0, 3), (5, 6), (20, 22)], [(3, 10), (30, 40)])
    assert (scores.events, scores.right, scores.windows, scores.found) == (3, 2, 2, 1)
    assert scores.precision == pytest.approx(2 / 3)
    assert scores.recall == 0.5
    assert scores.f1 == pytest.approx(2 * (2 / 3) * 0.5 / (2 / 3 + 0.5))


def test_event_scores_without_events_or_windows() -> None:
    assert (event_scores([], [(1, 2)]).precision, event_scores([], [(1, 2)]).f1) == (0, 0)
    assert (event_scores([(1, 2)], []).recall, event_scores([(1, 2)], []).f1) == (0, 0)
