"""The test of Diebold and Mariano against scipy and its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rnnkit.metrics.diebold_mariano import p_value_of_advantage, standard_error


def test_p_value_one_step_ahead_is_a_test_of_the_mean() -> None:
    from scipy import stats

    generator = np.random.default_rng(0)
    losses, other_losses = generator.normal(1, 0.3, 400), generator.normal(1.02, 0.3, 400)
    expected = stats.ttest_1samp(other_losses - losses, 0, alternative="greater").pvalue
    assert p_value_of_advantage(losses, other_losses, 1) == pytest.approx(expected)
    assert p_value_of_advantage(other_losses, losses, 1) == pytest.approx(1 - expected)


def test_p_value_of_several_steps_by_the_definition() -> None:
    """Autocovariances summed pair by pair, corrected as Harvey, Leybourne and Newbold do."""
    from scipy import stats

    advantage = np.array([0.3, 0.4, 0.2, -0.1, -0.2, 0.1, 0.5, 0.4, 0.2])
    mean, n, horizon = advantage.mean(), len(advantage), 2
    variance = sum(
        (advantage[first] - mean) * (advantage[second] - mean) / n
        for first in range(n)
        for second in range(n)
        if abs(first - second) < horizon
    )
    correction = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    statistic = mean / math.sqrt(variance / n) * math.sqrt(correction)
    expected = stats.t.sf(statistic, n - 1)
    assert p_value_of_advantage(np.zeros(n), advantage, horizon) == pytest.approx(expected)


def test_p_value_without_difference_or_enough_origins() -> None:
    assert p_value_of_advantage(np.ones(10), np.ones(10), 1) == 0.5
    assert p_value_of_advantage(np.zeros(10), np.ones(10), 1) == 0
    assert p_value_of_advantage(np.ones(10), np.zeros(10), 1) == 1
    assert math.isnan(p_value_of_advantage(np.ones(10), np.zeros(10), 4))
    assert math.isnan(p_value_of_advantage(np.ones(4), np.zeros(4), 1))


def test_p_value_of_equal_methods_is_rarely_small() -> None:
    """Of 200 pairs of equal methods about one in twenty seems better at the level of 0.05."""
    generator = np.random.default_rng(1)
    found = [
        p_value_of_advantage(generator.exponential(size=200), generator.exponential(size=200), 1)
        < 0.05
        for _ in range(400)
    ]
    assert 0.02 < np.mean(found) < 0.09


def test_standard_error_by_hand() -> None:
    apart = np.array([1.0, 3, 2, 2, 1, 3])  # mean 2; autocovariances 4/6, -2/6
    variance = 4 / 6 + 2 * -2 / 6
    assert variance == 0  # so that of Newey and West: 4/6 + 2 * 1/2 * -2/6 = 2/6
    correction = (6 + 1 - 4 + 2 / 6) / 6
    assert standard_error(apart, 2) == pytest.approx(math.sqrt(2 / 6 / 6 / correction))
