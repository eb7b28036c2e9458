"""Keys of the `train:` section that a short training never comes to are said."""

from __future__ import annotations

from typing import Any

import pytest

from rnnkit.training.idle import idle
from rnnkit.training.options import Train

STEPS = 10


@pytest.mark.parametrize(
    ("key", "does_nothing", "does_something"),
    [
        ("early_stopping.patience", {"early_stopping": 3}, {"early_stopping": 2}),
        (
            "schedule.on_plateau.patience",
            {"schedule": {"on_plateau": {"patience": 3}}},
            {"schedule": {"on_plateau": {"patience": 2}}},
        ),
        (
            "schedule.exponential.start_epoch",
            {"schedule": {"exponential": {"rate": 0.5, "start_epoch": 4}}},
            {"schedule": {"exponential": {"rate": 0.5, "start_epoch": 3}}},
        ),
        ("max_steps", {"max_steps": 41}, {"max_steps": 40}),
        ("warmup_steps", {"warmup_steps": 40}, {"warmup_steps": 39}),
        ("warmup_steps", {"warmup_steps": 5, "max_steps": 5}, {"warmup_steps": 4, "max_steps": 5}),
        (
            "checkpoint.every_steps",
            {"checkpoint": {"every_steps": 41}},
            {"checkpoint": {"every_steps": 40}},
        ),
    ],
)
def test_idle(key: str, does_nothing: dict[str, Any], does_something: dict[str, Any]) -> None:
    (one,) = idle(Train.model_validate({"epochs": 4, **does_nothing}), STEPS)
    assert one.key == f"train.{key}"
    assert str(one).startswith(f"train.{key}: {one.value} ")
    assert idle(Train.model_validate({"epochs": 4, **does_something}), STEPS) == []


def test_idle_the_usual_section() -> None:
    assert idle(Train(), STEPS) == []
