"""The outcome of a trial, and the ranking of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit.run import RunFolder
from rnnkit.storage.records import as_record
from rnnkit.storage.schemas import Best
from rnnkit.training.monitor import HIGHER_IS_BETTER
from rnnkit.workflows.sweep.space import Point

HELD_OUT = "val_"


@dataclass(frozen=True)
class Outcome:
    """The outcome of a trial.

    Args:
        number: The number of the trial, from 0.
        point: The values of the keys that vary.
        run: The folder of its run.
        metric: The score that chooses the best trial, such as val_loss; "" if it failed.
        score: The score of its best weights; None if it failed.
        epoch: The epoch of these weights.
        seconds: The duration of all its epochs.
        problem: Why it failed; "" if it did not.
        is_pruned: Whether it was ended early, because it did worse than others.
    """

    number: int
    point: Point
    run: str
    metric: str = ""
    score: float | None = None
    epoch: int = 0
    seconds: float = 0.0
    problem: str = ""
    is_pruned: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether the score can be compared with that of other trials."""
        return self.score is not None and not self.is_pruned

    @property
    def state(self) -> str:
        """complete, pruned or failed."""
        if self.score is None:
            return "failed"
        return "pruned" if self.is_pruned else "complete"


def outcome_of(number: int, point: Point, run: RunFolder) -> Outcome:
    """The outcome of a trained trial."""
    best = as_record(run.load_manifest().get("best") or {}, Best, str(run.manifest))
    seconds = round(float(np.nansum(run.load_history().columns["seconds"])), 2)
    problem = "no complete epoch" if best.value is None else ""
    return Outcome(number, point, str(run), best.monitor, best.value, best.epoch, seconds, problem)


def is_higher_better(metric: str) -> bool:
    """Whether a monitored score of training or validation is better the higher it is."""
    return metric.removeprefix(HELD_OUT) in HIGHER_IS_BETTER


def ranked(outcomes: Sequence[Outcome], metric: str) -> list[Outcome]:
    """The outcomes from best to worst; then those of pruned trials, and those of failed ones."""
    sign = -1 if is_higher_better(metric) else 1
    return sorted(
        outcomes,
        key=lambda outcome: (
            not outcome.is_complete,
            outcome.score is None,
            sign * (outcome.score or 0.0),
            outcome.number,
        ),
    )
