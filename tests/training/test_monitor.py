"""What is kept, and when waiting is over."""

from __future__ import annotations

from typing import Any

import pytest

from rnnkit.training.checkpoint import load_checkpoint
from tests.training import Rows, line_fit, weight


def test_see_keeps_the_best_weights() -> None:
    """w is 1/2, 3/4, 7/8 on its way to 1; validation wants 3/4: epoch 2 is the best."""
    fit = line_fit(Rows([1.0]), Rows([0.75]), epochs=5)
    fit.go()
    assert [row["val_loss"] for row in fit.progress.history[:3]] == [1 / 16, 0.0, 1 / 64]
    assert (fit.progress.best_epoch, fit.monitor.column, fit.monitor.best_score(fit.progress)) == (
        2,
        "val_loss",
        0.0,
    )
    assert weight(fit) == 1 - 2**-5
    fit.load_best_weights()
    assert weight(fit) == 0.75


@pytest.mark.backend
def test_see_averaged_weights() -> None:
    """w is 1/2, 3/4, 7/8; an average that takes a quarter of each step is 1/2, then 9/16, then
    41/64.
    """
    fit = line_fit(Rows([1.0]), Rows([0.0]), epochs=3, average=0.75)
    fit.go()
    assert [row["val_loss"] for row in fit.progress.history] == pytest.approx(
        [(1 / 2) ** 2, (9 / 16) ** 2, (41 / 64) ** 2]
    )
    assert weight(fit) == 7 / 8
    fit.load_best_weights()
    assert weight(fit) == 1 / 2


@pytest.mark.parametrize(
    ("monitor", "epoch", "score", "best_weight"),
    [("accuracy", 1, 0.75, 0.5), ("loss", 3, 79 / 64, 0.875)],
)
def test_see_higher_is_better(monitor: str, epoch: int, score: float, best_weight: float) -> None:
    """Validation wants 1/2 three times and 3 once: w = 1/2 has the most hits, w = 7/8 the lowest
    mean square.
    """
    fit = line_fit(Rows([1.0]), Rows([0.5, 0.5, 0.5, 3.0]), epochs=3, monitor=monitor)
    fit.go()
    assert (fit.monitor.column, fit.progress.best_epoch) == (f"val_{monitor}", epoch)
    assert fit.monitor.best_score(fit.progress) == pytest.approx(score)
    fit.load_best_weights()
    assert weight(fit) == best_weight


def test_column_without_validation() -> None:
    fit = line_fit(Rows([1.0]), epochs=3)
    fit.go()
    assert (fit.monitor.column, fit.monitor.best_score(fit.progress), fit.progress.best_epoch) == (
        "loss",
        0.0625,
        3,
    )


def test_see_first_of_equal_epochs() -> None:
    fit = line_fit(Rows([0.0]), epochs=3)
    fit.go()
    assert (fit.progress.best_epoch, fit.progress.waited) == (1, 2)


@pytest.mark.parametrize(
    ("early_stopping", "epochs", "best"),
    [
        # Losses 1, 1/4, 1/16, 1/64, 1/256 ...: every epoch is better, but by ever less.
        (None, 8, 8),
        ({"patience": 1}, 8, 8),
        # Too little to go on for, and still the best weights.
        ({"patience": 1, "min_delta": 0.1}, 4, 4),
        ({"patience": 3, "min_delta": 0.1}, 6, 6),
        ({"patience": 1, "min_delta": 0.8}, 2, 2),
    ],
)
def test_is_patience_over(early_stopping: dict[str, Any] | None, epochs: int, best: int) -> None:
    fit = line_fit(Rows([1.0]), epochs=8, early_stopping=early_stopping)
    assert fit.go() is None
    assert [row["epoch"] for row in fit.progress.history] == list(range(1, epochs + 1))
    assert fit.progress.best_epoch == best


@pytest.mark.parametrize(("ceiling", "epochs"), [(0.25, 1), (0.75, 3), (None, 5), (1.0, 5)])
def test_is_at_ceiling(
    ceiling: float | None, epochs: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Of four rows of validation one is hit in epoch 1, none in epoch 2, three from epoch 3 on."""
    fit = line_fit(Rows([1.0]), Rows([0.5, 0.875, 0.875, 0.875]), epochs=5, ceiling=ceiling)
    with caplog.at_level("INFO", logger="rnnkit"):
        fit.go()
    accuracies = [row["val_accuracy"] for row in fit.progress.history]
    assert len(accuracies) == epochs, accuracies
    assert ("no model can exceed it" in caplog.text) is (epochs < 5)


def test_is_patience_over_after_restore() -> None:
    fit = line_fit(Rows([1.0]), epochs=8, early_stopping={"patience": 1, "min_delta": 0.1})
    fit.go()
    again = line_fit(
        Rows([1.0]), run=fit.run, epochs=8, early_stopping={"patience": 1, "min_delta": 0.1}
    )
    again.restore(load_checkpoint(fit.run.checkpoints))
    assert again.is_complete
    patient = line_fit(
        Rows([1.0]), run=fit.run, epochs=8, early_stopping={"patience": 2, "min_delta": 0.1}
    )
    patient.restore(load_checkpoint(fit.run.checkpoints))
    assert not patient.is_complete
    patient.go()
    assert [row["epoch"] for row in patient.progress.history] == [1, 2, 3, 4, 5]


def test_recount_in_another_score() -> None:
    """Accuracies 3/4, 0, 0 of validation, and mean squares that fall: after a change to the loss
    the newest epoch, whose weights are at hand, is the best, and waiting starts at it.
    """
    rows = Rows([0.5, 0.5, 0.5, 3.0])
    fit = line_fit(Rows([1.0]), rows, epochs=3, monitor="accuracy")
    fit.go()
    assert (fit.progress.best_epoch, fit.progress.waited) == (1, 2)
    again = line_fit(Rows([1.0]), rows, run=fit.run, epochs=4, monitor="loss")
    again.restore(load_checkpoint(fit.run.checkpoints))
    assert (again.progress.best_epoch, again.progress.waited) == (3, 0)
    assert again.monitor.best_score(again.progress) == pytest.approx(79 / 64)
    again.load_best_weights()
    assert weight(again) == 0.875


def test_recount_says_that_better_weights_are_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    """Hits are most in epoch 1 and the loss is lowest in epoch 2, the third of which is left."""
    rows = Rows([0.5, 0.5, 1.0, 1.0])
    fit = line_fit(Rows([1.0]), rows, epochs=3, monitor="accuracy", learning_rate=0.25)
    fit.go()
    losses = [row["val_loss"] for row in fit.progress.history]
    assert fit.progress.best_epoch == 1
    assert losses[1] < min(losses[0], losses[2])
    again = line_fit(Rows([1.0]), rows, run=fit.run, epochs=4, monitor="loss")
    with caplog.at_level("INFO", logger="rnnkit"):
        again.restore(load_checkpoint(fit.run.checkpoints))
    kept = again.progress.best_epoch
    assert again.monitor.best_score(again.progress) == losses[kept - 1]
    assert "epoch 2 had" in caplog.text
    assert again.progress.waited == 1


def test_recount_without_a_change_changes_nothing() -> None:
    options = {"early_stopping": {"patience": 5, "min_delta": 0.1}, "epochs": 4}
    options["schedule"] = {"on_plateau": {"rate": 0.5, "patience": 1}}
    fit = line_fit(Rows([1.0]), Rows([0.75]), **options)
    fit.go()
    again = line_fit(Rows([1.0]), Rows([0.75]), run=fit.run, **options)
    again.restore(load_checkpoint(fit.run.checkpoints))
    assert again.progress == fit.progress
