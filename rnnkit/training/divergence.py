"""Trainings that diverge although every number stays finite: they end far worse than they began."""

from __future__ import annotations

from rnnkit.errors import RUN_FAILED
from rnnkit.training.progress import CURE, DivergedError, Progress

GROWN = 100.0
"""A loss of this many times the first step's counts as divergence, if the task knows no better
bound; for positive losses only."""


def divergence(progress: Progress, worst: float | None) -> DivergedError | None:
    """The error for a training that has diverged; None if it has not.

    Args:
        progress: The progress at the end of the training.
        worst: The loss above which it has diverged; None to derive it from that of the first step.
    """
    first = progress.first_loss
    if worst is None and first is not None and first > 0:
        worst = GROWN * first
    if worst is None or not progress.history:
        return None
    row = progress.history[-1]
    if row["loss"] <= worst:
        return None
    began = "" if first is None else f": it was {first:.4g} at the first step"
    kept = f"; the weights of epoch {progress.best_epoch} are kept" if progress.best_epoch else ""
    return DivergedError(
        "",
        f"diverged: the loss of epoch {int(row['epoch'])} is {row['loss']:.4g}{began}",
        f"Expected less than {worst:.4g}",
        f"{CURE}{kept}",
        exit_code=RUN_FAILED,
    )
