"""The range test, on losses that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit.training.options import Train
from rnnkit.training.rate_test import (
    HALF,
    HIGHEST,
    LOWEST,
    STEPS,
    RateTest,
    has_diverged,
    rising,
    smoothed,
)

RATES = LOWEST * (HIGHEST / LOWEST) ** (np.arange(STEPS) / (STEPS - 1))


def measured(losses: np.ndarray, *, diverged: bool = False) -> RateTest:
    return RateTest(RATES[: len(losses)], losses, smoothed(losses), diverged)


def test_rising_multiplies_each_step_by_the_same() -> None:
    schedule = rising(Train(), 2).schedule
    factors = [schedule.factor(step, 2, 5) for step in range(5)]
    ratio = (HIGHEST / LOWEST) ** 0.25
    assert factors == pytest.approx([1, ratio, ratio**2, ratio**3, HIGHEST / LOWEST])


def test_rising_options_take_the_rates_of_the_test_whatever_the_config_schedules() -> None:
    written = {"schedule": "cosine", "warmup_steps": 9, "epochs": 1, "optimizer": "sgd"}
    options = rising(Train.model_validate({**written, "early_stopping": 1, "average": 0.9}), 7)
    assert options.epochs * 7 >= STEPS == options.max_steps
    assert options.optimizer == Train.model_validate(written).optimizer
    rates = [options.rate_of_step(step, 7, STEPS, 0, step) for step in range(STEPS)]
    np.testing.assert_allclose(rates, RATES)


def test_smoothed_is_the_mean_around_each_step() -> None:
    losses = np.random.default_rng(0).normal(size=40)
    own = smoothed(losses)
    for step in (0, 1, 4, 5, 20, 34, 38, 39):
        half = min(HALF, step, 39 - step)
        assert own[step] == pytest.approx(np.mean(losses[step - half : step + half + 1]))
    line = np.arange(30.0)
    np.testing.assert_allclose(smoothed(line), line)  # a falling loss is not shifted


@pytest.mark.parametrize("curvature", [2.0, 20.0, 1000.0])
def test_suggestion_of_gradient_descent_on_a_parabola(curvature: float) -> None:
    """w <- (1 - rate h) w on h w^2 / 2 + 1 diverges from 2 / h on, and is lowest just before."""
    weight, losses = 1.0, []
    for rate in RATES:
        losses.append(curvature * weight**2 / 2 + 1)
        weight *= 1 - rate * curvature
        if has_diverged(np.array(losses)):
            break
    found = measured(np.array(losses), diverged=True)
    assert len(losses) < STEPS
    assert found.rates[-1] > 2 / curvature
    assert found.suggestion is not None
    assert 0.002 / curvature < found.suggestion < 1 / curvature
    assert found.suggestion < found.rates[found.lowest] < 4 / curvature


@pytest.mark.parametrize("noise", [0.0, 0.2, 0.4])
def test_suggestion_lies_where_the_loss_falls_and_not_in_the_noise_before(noise: float) -> None:
    """Of a loss that falls by 2.5 around a rate of 0.003, in batches that differ until then."""
    generator, decades = np.random.default_rng(0), np.log10(RATES) + 2.5
    for _ in range(20):
        batches = generator.normal(0, 2.5 * noise, STEPS) * np.where(decades < 0, 1, 0.4)
        found = measured(3.5 - 2.5 / (1 + np.exp(-6 * decades)) + batches)
        assert found.suggestion is not None
        assert 10**-3.3 < found.suggestion < 10**-1.7


def test_suggestion_is_none_where_the_loss_does_not_fall() -> None:
    noise = np.random.default_rng(1).normal(size=STEPS)
    assert measured(5 + noise).suggestion is None
    assert measured(np.linspace(1, 2, STEPS)).suggestion is None
    louder = np.where(np.arange(STEPS) < 120, 0.01, 1.0)  # as higher rates make it
    assert measured(5 + noise * louder).suggestion is None
    assert measured(np.array([3.0, 9.0]), diverged=True).suggestion is None
    assert measured(5 + 0.01 * noise - np.linspace(0, 1, STEPS)).suggestion is not None


def test_has_diverged_where_the_loss_grows_beyond_what_it_fell() -> None:
    flat = np.full(60, 2.0)
    assert not has_diverged(flat)
    assert not has_diverged(np.concatenate([flat, np.full(20, 7.0)]))
    assert has_diverged(np.concatenate([flat, np.full(20, 9.0)]))
    assert not has_diverged(np.array([1.0, 100.0]))  # too few to say
    learnt = np.concatenate([np.full(20, 2.0), np.full(20, 1e-6)])
    assert not has_diverged(np.concatenate([learnt, np.full(20, 0.1)]))  # still far below the first
    below_zero = np.concatenate([np.full(20, -1.0), np.full(20, -3.0)])
    assert not has_diverged(np.concatenate([below_zero, np.full(20, -1.0)]))
    assert has_diverged(np.concatenate([below_zero, np.full(20, 30.0)]))
