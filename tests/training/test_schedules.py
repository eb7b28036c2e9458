"""Learning rates: worked out by hand, as history.csv shows them, and as the optimizer really uses
them.
"""

from __future__ import annotations

import csv
import itertools
import math
from typing import Any

import pytest

from rnnkit.errors import RnnkitError
from rnnkit.registry import SCHEDULES, lookup
from rnnkit.training.options import Train
from rnnkit.training.schedules import Cosine, Exponential, OnPlateau
from tests.training import Rows, line_fit, weight


def test_constant_factor_never_changes() -> None:
    assert [lookup("schedule", "constant")().factor(step, 10, 40) for step in (0, 9, 39, 400)] == [
        1.0
    ] * 4


def test_exponential_factor_multiplies_once_an_epoch() -> None:
    schedule = Exponential(rate=0.5)
    assert [schedule.factor(step, 10, 40) for step in (0, 9, 10, 19, 20, 39)] == [
        1.0,
        1.0,
        0.5,
        0.5,
        0.25,
        0.125,
    ]


def test_exponential_factor_of_zarembas_small_model() -> None:
    """Full rate for four epochs, then halved at each (Zaremba et al. 2014, section 4.1)."""
    schedule = Exponential(rate=0.5, start_epoch=4)
    first_steps = [schedule.factor(epoch * 7, 7, 49) for epoch in range(7)]
    last_steps = [schedule.factor(epoch * 7 + 6, 7, 49) for epoch in range(7)]
    assert first_steps == last_steps == [1.0, 1.0, 1.0, 1.0, 0.5, 0.25, 0.125]


def test_cosine_factor_falls_to_its_final_share() -> None:
    schedule = Cosine(final=0.1)
    by_hand = {
        0: 1.0,
        25: 0.1 + 0.9 * (1 + math.sqrt(0.5)) / 2,
        50: 0.55,
        75: 0.1 + 0.9 * (1 - math.sqrt(0.5)) / 2,
        100: 0.1,
        130: 0.1,
    }
    assert {step: schedule.factor(step, 10, 100) for step in by_hand} == pytest.approx(
        by_hand, abs=1e-12
    )


def test_on_plateau_reduces_down_to_its_minimum() -> None:
    schedule = OnPlateau(rate=0.5, minimum=0.2)
    assert [schedule.reduced(times) for times in range(5)] == [1.0, 0.5, 0.25, 0.2, 0.2]


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_factor_of_every_schedule_starts_at_one_and_never_exceeds_it(name: str) -> None:
    schedule = lookup("schedule", name).model_validate(
        {"rate": 0.7} if name == "exponential" else {}
    )
    factors = [schedule.factor(step, 5, 50) for step in range(60)]
    assert factors[0] == 1.0
    assert all(0.0 <= factor <= 1.0 for factor in factors)


@pytest.mark.parametrize(
    ("options", "by_hand"),
    [
        ({}, [0.2] * 8),
        ({"warmup_steps": 4}, [0.05, 0.1, 0.15, 0.2, 0.2, 0.2, 0.2, 0.2]),
        (
            {"schedule": {"exponential": {"rate": 0.5, "start_epoch": 2}}},
            [0.2, 0.2, 0.2, 0.2, 0.1, 0.1, 0.05, 0.05],
        ),
        (
            {"schedule": {"exponential": 0.5}, "warmup_steps": 3},
            [0.2 / 3, 0.4 / 3, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025],
        ),
        ({"schedule": "cosine"}, [0.1 * (1 + math.cos(math.pi * step / 8)) for step in range(8)]),
        (
            {"schedule": {"cosine": 0.5}, "max_steps": 6},
            [0.1 + 0.05 * (1 + math.cos(math.pi * step / 6)) for step in range(6)],
        ),
    ],
    ids=[
        "constant",
        "warm-up",
        "exponential",
        "warm-up and exponential",
        "cosine",
        "cosine to max_steps",
    ],
)
def test_rate_of_step_is_that_of_the_history_and_the_updates(
    options: dict[str, Any], by_hand: list[float]
) -> None:
    assert _rates(Rows([10.0, 10.0], batch_size=1), options | {"epochs": 4}) == pytest.approx(
        by_hand, rel=1e-4
    )


def test_on_plateau_rate_falls() -> None:
    """Each step goes 0.4 of the way from w to 1.5, so w is 0.6, 0.96, 1.18 ...; validation wants
    0.75: the first epoch is the best.

    With a patience of 2 the rate halves after epoch 3 and again after epoch 5.
    """
    options = {"schedule": {"on_plateau": {"rate": 0.5, "patience": 2}}, "epochs": 7}
    train, validation = Rows([1.5]), Rows([0.75])
    assert _rates(train, options, validation) == pytest.approx(
        [0.2, 0.2, 0.2, 0.1, 0.1, 0.05, 0.05], rel=1e-4
    )


def test_on_plateau_better_epoch_postpones_it() -> None:
    """w * x comes nearer to its target at every epoch: nothing to reduce."""
    options = {"schedule": {"on_plateau": {"rate": 0.5, "patience": 1}}, "epochs": 5}
    assert _rates(Rows([1.0]), options) == pytest.approx([0.2] * 5, rel=1e-4)


def test_on_plateau_min_delta() -> None:
    """The losses 1, 0.36, 0.13, 0.047: the last two are no improvement by 0.34, so the fifth epoch
    has half the rate.
    """
    options = {
        "schedule": {"on_plateau": {"rate": 0.5, "patience": 2}},
        "early_stopping": {"patience": 9, "min_delta": 0.34},
        "epochs": 5,
    }
    assert _rates(Rows([1.0]), options) == pytest.approx([0.2, 0.2, 0.2, 0.2, 0.1], rel=1e-4)


def _rates(train: Rows, options: dict[str, Any], validation: Rows | None = None) -> list[float]:
    """The rate of each step, told from how far w moved; checked against history and history.csv."""
    import keras

    weights = [0.0]

    class Weights(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            weights.append(float(self.model.weights[0].numpy()[0, 0]))

    fit = line_fit(train, validation, **({"learning_rate": 0.2} | options))
    fit.go([Weights()])
    target = float(train.shuffled(0, 0, 0)[1][0])
    used = [
        (after - before) / (2 * (target - before)) for before, after in itertools.pairwise(weights)
    ]
    shown = [row["learning_rate"] for row in fit.progress.history]
    last_of_epoch = used[train.steps - 1 :: train.steps]
    assert shown == pytest.approx(last_of_epoch, rel=1e-4)
    with open(fit.run.history, encoding="utf-8") as file:
        assert [float(row["learning_rate"]) for row in csv.DictReader(file)] == shown
    assert weight(fit) == weights[-1]
    return used


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"schedule": {"exponential": 0.0}}, "rate"),
        ({"schedule": {"exponential": 1.5}}, "rate"),
        ({"schedule": "exponential"}, "rate"),
        ({"schedule": {"cosine": -0.1}}, "final"),
        ({"schedule": {"on_plateau": 1.0}}, "rate"),
        ({"schedule": {"on_plateau": {"patience": 0}}}, "patience"),
        ({"schedule": "cosin"}, "schedule"),
        ({"warmup_steps": -1}, "warmup_steps"),
    ],
)
def test_train_refuses_impossible_schedules(options: dict[str, Any], where: str) -> None:
    with pytest.raises((RnnkitError, ValueError), match=where):
        Train.model_validate(options)
