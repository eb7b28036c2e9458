"""Positions are counted in epochs and their steps, whatever an epoch's steps are."""

from __future__ import annotations

import math
from typing import Any

import pytest

from rnnkit.training.checkpoint import load_checkpoint
from rnnkit.training.course import Course
from rnnkit.training.options import Train
from rnnkit.training.progress import Progress
from tests.training import Rows, line_fit


def course(steps: int, **options: Any) -> Course:
    return Course(Train.model_validate(options), steps)


@pytest.mark.parametrize(
    ("options", "progress", "left", "epochs", "over"),
    [
        ({"epochs": 4}, Progress(), 40, 4, False),
        ({"epochs": 4}, Progress(epoch=2, step=40), 20, 4, False),  # epochs of 20 before
        ({"epochs": 4}, Progress(epoch=2, batch=3, step=43), 17, 4, False),
        ({"epochs": 4, "max_steps": 45}, Progress(epoch=2, step=40), 5, 3, False),
        ({"epochs": 4, "max_steps": 40}, Progress(epoch=2, step=40), 0, 2, True),
        ({"epochs": 4, "max_steps": 43}, Progress(epoch=2, batch=3, step=43), 0, 3, False),
        ({"epochs": 2}, Progress(epoch=2, step=40), 0, 2, True),
        ({"epochs": 3}, Progress(epoch=2, batch=10, step=50), 0, 3, False),
    ],
)
def test_left(
    options: dict[str, Any], progress: Progress, left: int, epochs: int, over: bool
) -> None:
    of = course(10, **options)
    assert (of.left(progress), of.total(progress)) == (left, progress.step + left)
    assert (of.epochs(progress), of.is_over(progress)) == (epochs, over)


def test_rate_counts_epochs_for_a_schedule_and_steps_for_a_warm_up() -> None:
    """After two epochs of 20 steps, epochs have 10."""
    progress = Progress(epoch=2, batch=5, step=45)
    cosine = course(10, epochs=4, schedule="cosine", learning_rate=1.0)
    assert cosine.rate(progress) == pytest.approx((1 + math.cos(math.pi * 25 / 40)) / 2)
    halved = course(10, epochs=4, schedule={"exponential": 0.5}, learning_rate=1.0)
    assert halved.rate(progress) == 0.25
    warm = course(10, epochs=4, warmup_steps=50, learning_rate=1.0)
    assert warm.rate(progress) == 46 / 50


def test_restore_with_another_batch_size_trains_the_epochs_that_are_left() -> None:
    data = [1.0] * 8
    fit = line_fit(Rows(data, batch_size=1), epochs=2)
    fit.go()
    assert fit.progress.step == 16
    again = line_fit(Rows(data, batch_size=4), run=fit.run, epochs=4, batch_size=4)
    again.restore(load_checkpoint(fit.run.checkpoints))
    again.go()
    assert (again.progress.epoch, again.progress.step) == (4, 20)
    assert [row["epoch"] for row in again.progress.history] == [1, 2, 3, 4]


def test_restore_at_the_end_of_an_epoch_only_scores_it() -> None:
    """Its last step is done, its end is not: another batch size leaves nothing of it to do."""
    data = [1.0] * 8
    fit = line_fit(Rows(data, batch_size=1), epochs=1, checkpoint={"every_steps": 8})
    checkpoint = None
    fit.progress.batch = 0
    fit.go()
    checkpoint = load_checkpoint(fit.run.checkpoints)
    state = checkpoint.state["progress"]
    state |= {"epoch": 0, "batch": 8, "history": [], "finished": False, "sums": {}}
    state["sums"] = {"loss": 8.0, "correct": 0.0, "weight": 8.0}
    again = line_fit(Rows(data, batch_size=4), run=fit.run, epochs=1, batch_size=4)
    again.restore(checkpoint)
    again.go()
    assert (again.progress.step, again.progress.history[0]["loss"]) == (8, 1.0)
