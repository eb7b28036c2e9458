"""A training that ends far worse than it began has failed, and says so."""

from __future__ import annotations

import math
from typing import Any

import pytest

from rnnkit.errors import RUN_FAILED
from rnnkit.tasks.network import far_above_guessing
from rnnkit.training.divergence import divergence
from rnnkit.training.progress import Progress
from tests.training import Rows, line_fit


def ended(loss: float, first: float | None = 3.4) -> Progress:
    history = [{"epoch": 1, "loss": 3.0}, {"epoch": 2, "loss": loss}]
    return Progress(epoch=2, history=history, best_epoch=1, first_loss=first)


@pytest.mark.parametrize(
    ("progress", "worst", "diverged"),
    [
        (ended(511.0), far_above_guessing(30), True),
        (ended(3.3), far_above_guessing(30), False),
        (ended(5.0), far_above_guessing(30), False),  # overconfident, and not lost
        (ended(1.2), far_above_guessing(2), False),
        (ended(1.5), far_above_guessing(2), True),
        (ended(0.0), far_above_guessing(1), False),
        (ended(341.0), None, True),
        (ended(339.0), None, False),
        (ended(1e9, first=0.0), None, False),  # nothing to compare with
        (ended(1e9, first=-2.0), None, False),
        (ended(1e9, first=None), None, False),
        (Progress(first_loss=1.0), 2.0, False),  # no epoch ended
    ],
)
def test_divergence(progress: Progress, worst: float | None, diverged: bool) -> None:
    error = divergence(progress, worst)
    assert (error is not None) == diverged
    if error is not None:
        assert error.exit_code == RUN_FAILED
        assert "diverged" in error.got
        assert "learning_rate" in error.hint
        assert "weights of epoch 1 are kept" in error.hint


def test_far_above_guessing_is_twice_that_of_a_uniform_guess() -> None:
    assert far_above_guessing(30) == pytest.approx(2 * math.log(30))


@pytest.mark.parametrize("options", [{}, {"batch_size": 1}])
def test_first_loss_is_that_of_the_first_step(options: dict[str, Any]) -> None:
    fit = line_fit(Rows([2.0, 2.0], **options), epochs=2)
    fit.go()
    assert fit.progress.first_loss == 4.0
