"""Trainings that fail without a number that is not finite: they end far worse than they began."""

from __future__ import annotations

from rnnkit.errors import RUN_FAILED
from rnnkit.training.progress import CURE, DivergedError, Progress

GROWN = 100.0
"""How many times the loss of the first step is that of a training that has diverged, where nothing
more is known of it; for losses above 0."""


def divergence(progress: Progress, worst: float | None) -> DivergedError | None:
    """The error of a training whose last epoch ended in a loss that no useful model has; None of
    any other.

    Args:
        progress: Of a training that has ended.
        worst: The loss above which it has diverged; where None, that of the first step says it.
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
