"""Anomalies: the tail probability by the definition, nothing from the future, events and how they
are counted.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.metrics.anomalies import (
    LEAST,
    MANY,
    MOST,
    RECENT,
    EventScores,
    event_scores,
    merged,
    tail_probabilities,
)


def test_tail_probabilities_by_the_definition() -> None:
    """Compared with means and deviations recomputed at each step."""
    errors = np.random.default_rng(0).exponential(size=700)
    errors[600:605] += 6
    probabilities = tail_probabilities(errors)
    means = [
        errors[step - RECENT + 1 : step + 1].mean() if step >= RECENT - 1 else math.nan
        for step in range(len(errors))
    ]
    for step in range(len(errors)):
        before = [
            mean
            for mean in means[max(0, step - RECENT + 1 - MOST) : max(0, step - RECENT + 1)]
            if not math.isnan(mean)
        ]
        if len(before) <= LEAST:
            assert math.isnan(probabilities[step])
            continue
        z = (means[step] - np.mean(before)) / np.std(before)
        assert probabilities[step] == pytest.approx(0.5 * math.erfc(z / math.sqrt(2)), rel=1e-6)
    assert probabilities[604] < 1e-5 < np.nanmin(probabilities[300:600])


def test_tail_probabilities_use_only_earlier_errors() -> None:
    errors = np.random.default_rng(1).exponential(size=500)
    changed = errors.copy()
    changed[450:] = 100
    probabilities = [tail_probabilities(values, 30)[:450] for values in (errors, changed)]
    np.testing.assert_array_equal(*probabilities)


def test_tail_probabilities_adapt_to_what_becomes_usual() -> None:
    """Errors that are ten times as large from the middle on are flagged at first, then usual."""
    errors = np.random.default_rng(2).exponential(size=2 * MOST)
    errors[MOST:] *= 10
    for aside in (0, 30):
        flags = tail_probabilities(errors, threshold=1e-5, aside=aside) < 1e-5
        assert flags[MOST : MOST + 100].any()
        assert not flags[-MOST // 4 :].any()


def test_tail_probabilities_flag_one_error_after_perfect_forecasts() -> None:
    errors = np.zeros(400)
    errors[390] = 1
    probabilities = tail_probabilities(errors)
    assert probabilities[390] == 0
    assert set(probabilities[2 * RECENT - 1 + LEAST : 390]) == {1.0}


@pytest.mark.parametrize("steps", [0, 1, RECENT, 2 * RECENT + 30 - 1])
def test_tail_probabilities_of_too_few_errors_are_none(steps: int) -> None:
    assert np.isnan(tail_probabilities(np.ones(steps), 30)).all()
    assert np.isfinite(tail_probabilities(np.ones(2 * RECENT + 30), 30)[-1])


def test_tail_probabilities_of_a_short_history_are_students() -> None:
    """Independent errors, with the deviation of a mean of ten."""
    errors = np.random.default_rng(3).exponential(size=80)
    errors[79] = 25
    before = errors[:70]
    means = np.convolve(before, np.ones(RECENT) / RECENT, "valid")
    deviation = max(means.std(), before.std(ddof=1) / math.sqrt(RECENT))
    excess = errors[70:].mean() - before.mean()
    t = excess / deviation / math.sqrt(1 + RECENT / 70)
    expected = scipy.stats.t.sf(t, 69)
    assert expected < 1e-4
    assert tail_probabilities(errors, 30)[79] == pytest.approx(expected, rel=0.02)
    assert len(means) < MANY


def test_tail_probabilities_seldom_flag_a_short_series_without_anomalies() -> None:
    generator = np.random.default_rng(4)
    series = np.abs(generator.normal(size=(100, 150)))
    flagged = [(tail_probabilities(errors, 30) < 1e-5).any() for errors in series]
    assert sum(flagged) <= 2


def test_tail_probabilities_set_rare_errors_aside() -> None:
    """The second of two like errors is as rare as the first, though the history is short; also
    where the mean that ends with the first was not rare yet.
    """
    errors = np.abs(np.random.default_rng(5).normal(size=150))
    errors[[80, 120]] += 15
    plain = tail_probabilities(errors, 30)
    probabilities = tail_probabilities(errors, 30, threshold=1e-5, aside=30)
    assert plain[80] == probabilities[80] < 1e-5 < plain[120]
    assert probabilities[120] < 1e-5


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


@pytest.mark.parametrize(
    ("events", "windows", "found"),
    [
        ([(0, 100)], [(10, 11), (50, 51), (90, 91)], 1),
        ([(0, 60), (85, 95)], [(10, 11), (50, 51), (90, 91)], 2),
        ([(0, 5), (6, 20)], [(4, 8), (18, 19)], 2),
        ([(0, 5), (6, 20)], [(18, 19), (4, 8)], 2),
        ([(0, 1), (3, 4), (6, 7)], [(0, 10)], 1),
    ],
)
def test_event_scores_find_one_window_by_an_event(
    events: list[tuple[int, int]], windows: list[tuple[int, int]], found: int
) -> None:
    scores = event_scores(events, windows)
    assert (scores.found, scores.right) == (found, len(events))


def test_event_scores_total_is_of_all_events_and_windows() -> None:
    series = [EventScores(3, 2, 2, 1), EventScores(1, 0, 0, 0)]
    assert EventScores.total(series) == EventScores(4, 2, 2, 1)


def test_event_scores_without_events_or_windows() -> None:
    assert (event_scores([], [(1, 2)]).precision, event_scores([], [(1, 2)]).f1) == (0, 0)
    assert (event_scores([(1, 2)], []).recall, event_scores([(1, 2)], []).f1) == (0, 0)
