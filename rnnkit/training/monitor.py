"""Best weights, early stopping and plateaus, all by the same score of an epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit import backend
from rnnkit.training.options import Train
from rnnkit.training.progress import Progress
from rnnkit.training.schedules import OnPlateau

HIGHER_IS_BETTER = ("accuracy", "f1")
SAME_ACCURACY = 1e-6  # sums of a batch are float32; of less than a million examples one is more


class Monitor:
    """Watches `train.monitor`: of validation where there is one.

    Args:
        options: The `train:` section.
        validates: Whether epochs are scored on held-out data.
        ceiling: The accuracy that ends the training, because no model can exceed it; None for none.
    """

    def __init__(self, options: Train, *, validates: bool, ceiling: float | None = None):
        self.best: list[np.ndarray] = []  # the weights of the best epoch
        self._options = options
        self._sign = -1.0 if options.monitor in HIGHER_IS_BETTER else 1.0
        self._prefix, self._ceiling = "val_" if validates else "", ceiling

    @property
    def column(self) -> str:
        """The column of history.csv that selects the best weights."""
        return self._prefix + self._options.monitor

    def best_score(self, progress: Progress) -> float | None:
        """The monitored score of the best epoch; None before the first epoch's end."""
        return None if progress.best_value is None else progress.best_value * self._sign

    def is_patience_over(self, progress: Progress) -> bool:
        """Whether `train.monitor` has not improved for too long."""
        stopping = self._options.early_stopping
        if stopping is None or stopping.patience is None:
            return False
        return progress.waited >= stopping.patience

    def is_at_ceiling(self, progress: Progress) -> bool:
        """Whether the accuracy of the newest epoch is one that no model can exceed."""
        if self._ceiling is None or not progress.history:
            return False
        return progress.history[-1][f"{self._prefix}accuracy"] > self._ceiling - SAME_ACCURACY

    def ending(self, progress: Progress) -> str:
        """Why the training ends before its last epoch, in words; empty where it does not."""
        if not self.is_at_ceiling(progress):
            return ""
        name, value = f"{self._prefix}accuracy", progress.history[-1][f"{self._prefix}accuracy"]
        return f"{name} {value:.4f} in epoch {progress.epoch}: no model can exceed it on these data"

    def see(self, row: dict[str, float], weights: Sequence[Any], progress: Progress) -> None:
        """Records an epoch.

        Args:
            row: Its scores.
            weights: The model's variables as they were scored; copied where they are the best.
            progress: How far the training has come, with the epoch still under way; brought up to
                date.

        Raises:
            RnnkitError: If the score is not a number.
        """
        value, loss = self._score(row)
        if not math.isfinite(value):
            raise progress.diverged(f"{self.column} is {row[self.column]}")
        if progress.best_value is None or (value, loss) < (progress.best_value, progress.best_loss):
            progress.best_value, progress.best_loss = value, loss
            progress.best_epoch = progress.epoch + 1
            self.best = [backend.value(variable).copy() for variable in weights]
        self._wait(value, progress)

    def recount(self, progress: Progress, newest: Sequence[Any] | None) -> list[str]:
        """Counts best and waiting anew from the recorded epochs, in the score that is monitored
        now: it may be another one than before.

        Args:
            progress: As a checkpoint holds it; brought up to date. `best` holds its best weights.
            newest: The model's variables as the newest epoch scored them; None where that epoch is
                not the last thing that was done.

        Returns:
            Remarks on what another score changes.
        """
        before, kept = (progress.best_value, progress.best_loss), progress.best_epoch
        progress.waited_from, progress.waited = None, 0
        if not progress.history:
            return []
        if any(self.column not in row for row in progress.history):
            progress.best_value = None
            return [f"no epoch so far has {self.column}: the best is one of those to come"]
        scores = [self._score(row) for row in progress.history]
        for score, _ in scores:
            self._count(score, progress)
        if not kept or scores[kept - 1] == before:
            return []
        if newest is not None and scores[-1] < scores[kept - 1]:
            kept, self.best = len(scores), [backend.value(variable).copy() for variable in newest]
        progress.best_value, progress.best_loss = scores[kept - 1]
        progress.best_epoch = kept
        value, best = self.best_score(progress), min(range(len(scores)), key=scores.__getitem__)
        remark = f"by {self.column} the best weights are those of epoch {kept}: {value:.4f}"
        if scores[best] < scores[kept - 1]:
            better = scores[best][0] * self._sign
            remark += f" (epoch {best + 1} had {better:.4f}, but its weights were not kept)"
        return [remark]

    def _score(self, row: dict[str, float]) -> tuple[float, float]:
        """What is lower where an epoch is better.

        Of epochs that are equally good the one of the lowest loss: a small set is soon all right,
        long before the model is sure.
        """
        return row[self.column] * self._sign, row[f"{self._prefix}loss"]

    def _count(self, value: float, progress: Progress) -> None:
        """Counts the epochs without an improvement."""
        stopping = self._options.early_stopping
        min_delta = stopping.min_delta if stopping else 0.0
        if progress.waited_from is None or value < progress.waited_from - min_delta:
            progress.waited_from, progress.waited = value, 0
        else:
            progress.waited += 1

    def _wait(self, value: float, progress: Progress) -> None:
        """Counts the epochs without an improvement; reduces the learning rate on a plateau."""
        self._count(value, progress)
        schedule = self._options.schedule
        since = min(progress.waited, progress.epoch + 1 - progress.reduced_at)
        if isinstance(schedule, OnPlateau) and since >= schedule.patience:
            progress.reductions, progress.reduced_at = progress.reductions + 1, progress.epoch + 1
